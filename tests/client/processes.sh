#!/usr/bin/env bash
# Tests what a guest leaves in the process in which it ran: no thread, no child, no file descriptor, no timer. Also
# tests the other kinds of process that call functions: parallel workers, autovacuum, logical replication, the
# single-user mode.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/session.bash"

cluster_start -c autovacuum_naptime=1s -c wal_level=logical -c plwasm.fuel=0 -c plwasm.max_fuel=0
setup=$(cat <<'SQL'
CREATE EXTENSION plwasm;
CREATE FUNCTION good(i int) RETURNS int LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS
    '(module (func (export "good") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))';
CREATE FUNCTION inverse(i int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS
    '(module (func (export "inverse") (param i32) (result i32) (i32.rem_s (i32.const 1000) (local.get 0))))';
CREATE FUNCTION page(i int) RETURNS int LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS '(module (memory 1)
    (func (export "page") (param i32) (result i32) (i32.store (i32.const 8) (local.get 0)) (i32.load (i32.const 8))))';
CREATE FUNCTION loop() RETURNS int LANGUAGE wasm PARALLEL SAFE AS
    '(module (func (export "loop") (result i32) (loop br 0) unreachable))';
SQL
)
sql "$setup"

session guest
proc=/proc/$(pid guest)
status() { awk -v key="$1:" '$1 == key { print $2 }' "$proc/status"; }
descriptors() { server find "$proc/fd" -type l | wc -l; }

is "a process that has run nothing" "$(status Threads)" 1
is "it runs guests, a trap, a timeout" "$(ask guest "SELECT good(21), page(7); SELECT inverse(0);
    SET statement_timeout = '50ms'; SELECT loop(); RESET statement_timeout; SELECT good(4)")" \
    $'42|7\nERROR:  22012\nERROR:  57014\n8'
is "it still has one thread" "$(status Threads)" 1
is "and no children" "$(cat "$proc/task/$(pid guest)/children")" ""

# No timer is left once the session is idle.
sleep 0.3
before=$(status voluntary_ctxt_switches)
sleep 1
woken=$(($(status voluntary_ctxt_switches) - before))
like "nothing wakes it when it is idle" "$((woken < 10)), $woken times in a second" "^1,"
ask guest "SELECT good(i) FROM generate_series(1, 1000) i" >/dev/null
send guest "SELECT pg_sleep(1.5)"
sleep 0.3
before=$(status voluntary_ctxt_switches)
sleep 1
woken=$(($(status voluntary_ctxt_switches) - before))
answer guest >/dev/null
like "nor when it waits" "$((woken < 10)), $woken times in a second" "^1,"

before=$(descriptors)
calls=$(for i in {1..500}; do
    echo "CREATE FUNCTION f$i(i int) RETURNS int LANGUAGE wasm AS '(module (memory 1)
        (func (export \"f$i\") (param i32) (result i32) (i32.add (local.get 0) (i32.const $i))))'; SELECT f$i(1000);"
done)
is "500 modules" "$(ask guest "$calls" | tail -n 1)" 1500
is "500 modules in a statement" "$(ask guest "SELECT $(printf 'f%s(0) + ' {1..500}) 0")" 125250
is "they take no thread" "$(status Threads)" 1
opened=$(($(descriptors) - before))
like "they take no file descriptors" "$((opened < 20)), $opened" "^1,"

# A lack of address space is no crash.
if command -v prlimit >/dev/null; then
    sql "$(cat <<'SQL'
CREATE FUNCTION pages() RETURNS wasm.module LANGUAGE wasm AS '(module (memory 1)
    (func (export "page") (param i32) (result i32) (i32.store (i32.const 8) (local.get 0)) (i32.load (i32.const 8))))';
CREATE FUNCTION page_anew(i int) RETURNS int LANGUAGE wasm AS 'pages#page isolation=statement';
SQL
)"
    session short
    is "enough address space" "$(ask short "SELECT page_anew(1)")" 1
    server prlimit --pid "$(pid short)" --as=2000000000:
    is "too little address space" "$(ask short "SELECT page_anew(1); SELECT good(21); SELECT page_anew(1)")" $'ERROR:  53200\n42\nERROR:  53200'
    server prlimit --pid "$(pid short)" --as=unlimited:
    is "enough address space again" "$(ask short "SELECT page_anew(1), page(2)")" "1|2"
    # An existing instance continues to work.
    server prlimit --pid "$(pid short)" --as=2000000000:
    is "too little address space for another" "$(ask short "SELECT page(3); SELECT page_anew(1); SELECT good(21)")" $'3\nERROR:  53200\n42'
else
    echo "# there is no prlimit: skipped"
fi

# Parallel workers.
parallel="SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
    SET parallel_leader_participation = off; SET max_parallel_maintenance_workers = 2"
sql "CREATE TABLE t AS SELECT i FROM generate_series(1, 20000) i; ANALYZE t"
ask guest "$parallel" >/dev/null
like "the plan is parallel" "$(ask guest "EXPLAIN SELECT sum(good(i)), sum(page(i)) FROM t")" "Workers Planned: [1-9]"
is "parallel workers" "$(ask guest "SELECT sum(good(i)), sum(page(i)) FROM t")" "400020000|200010000"
is "a trap in a parallel worker" "$(ask guest "SELECT sum(inverse(i - 10000)) FROM t")" "ERROR:  22012"
is "then they work" "$(ask guest "SELECT sum(inverse(i)) FROM t WHERE i > 1000")" 19000000
# The request for parallel workers shows in a DEBUG message, of which VERBOSITY would hide a part.
is "an index is built in parallel" "$(sql "$parallel; SET client_min_messages = debug1; CREATE INDEX built ON t (good(i))" 2>&1 |
    grep -c "request for [12] parallel workers")" 1
is "and used" "$(ask guest "SET enable_seqscan = off; SELECT i FROM t WHERE good(i) = 37778; RESET enable_seqscan")" 18889

# Autovacuum.
sql "CREATE TABLE v (i int) WITH (autovacuum_analyze_threshold = 10, autovacuum_analyze_scale_factor = 0);
    CREATE INDEX v_page ON v (page(i)); CREATE INDEX v_inverse ON v (inverse(i)) WHERE i > 0;
    INSERT INTO v SELECT i % 100 FROM generate_series(1, 1000) i"

# Logical replication, meanwhile.
createdb subscriber
sql "$setup" -d subscriber
sql "CREATE TABLE r (i int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE r; SELECT pg_create_logical_replication_slot('s', 'pgoutput')" >/dev/null
sql "CREATE TABLE r (i int PRIMARY KEY CHECK (good(i) <> 1), p int GENERATED ALWAYS AS (page(i)) STORED);
    CREATE INDEX ON r (inverse(i + 1));
    CREATE SUBSCRIPTION s CONNECTION 'host=$CLUSTER dbname=postgres user=postgres'
        PUBLICATION p WITH (create_slot = false, slot_name = s)" -d subscriber
sql "INSERT INTO r SELECT generate_series(0, 999); SET synchronous_commit = on; UPDATE r SET i = 2000 WHERE i = 7"
eventually "logical replication runs functions" "SELECT count(*) = 1000 AND sum(p) = sum(i) AND max(p) = 2000 FROM r" -d subscriber
eventually "autovacuum runs functions" "SELECT count(*) = 2 FROM pg_stats WHERE tablename IN ('v_page', 'v_inverse')"
is "statistics are of the function's results" "$(sql "SELECT n_distinct FROM pg_stats WHERE tablename = 'v_page'")" 100
sql "ALTER SUBSCRIPTION s DISABLE; ALTER SUBSCRIPTION s SET (slot_name = NONE); DROP SUBSCRIPTION s" -d subscriber

# The single-user mode.
succeeds "the server stops" cluster_ctl -m fast stop
single=$(server timeout -k 5 30 "$PLWASM_STAGE/bin/postgres" --single -D "$CLUSTER/data" postgres 2>&1 <<'SQL'
SELECT good(21), page(7);
SELECT inverse(0);
SET statement_timeout = 100;
SELECT loop();
SELECT good(22);
SQL
) || true
is "the single-user mode" "$(grep -oE 'good = "[0-9]+"|page = "[0-9]+"|ERROR: .*' <<<"$single" | xargs -d '\n' printf '%s; ')" \
    'good = "42"; page = "7"; ERROR:  division by zero; ERROR:  canceling statement due to statement timeout; good = "44"; '
finish

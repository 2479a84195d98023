#!/usr/bin/env bash
# Tests the statistics of a whole server, which needs the library preloaded: sessions and parallel workers add up, databases
# are apart, a clean restart keeps the numbers and a crash drops them, a full table drops functions and says nothing wrong.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/session.bash"

functions=$(cat <<'SQL'
CREATE EXTENSION plwasm;
CREATE FUNCTION guests() RETURNS wasm.module LANGUAGE wasm AS '(module
    (func (export "spin") (param i32) (result i32)
        (loop $next (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0))
    (func (export "trap") unreachable))';
CREATE FUNCTION spin(int) RETURNS int LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'guests';
CREATE FUNCTION trap() RETURNS void LANGUAGE wasm AS 'guests';
SQL
)
cluster_start -c shared_preload_libraries=plwasm -c plwasm.tracked_functions=100
sql "$functions"
sql "CREATE TABLE numbers AS SELECT 10 AS n FROM generate_series(1, 20000); ANALYZE numbers"
counted() { # counted [FUNCTION]: its calls and their fuel, in a new session
    sql "SELECT calls, total_fuel FROM wasm.stat_functions WHERE funcname = '${1:-spin}'"
}

is "a function that was not called has no row" "$(sql "SELECT count(*) FROM wasm.stat_functions")" 0
sql "SELECT count(spin(n)) FROM numbers" >/dev/null
is "another session sees the calls" "$(counted)" "20000|1020000"
is "and that they are the server's" "$(sql "SELECT scope FROM wasm.stat_functions")" server

# with a transaction open, its calls are not there yet, except for the session itself
session one
ask one "BEGIN; SELECT count(spin(n)) FROM numbers WHERE ctid < '(0,6)';" >/dev/null
is "a transaction that is open" "$(counted)" "20000|1020000"
is "for itself" "$(ask one "SELECT calls FROM wasm.stat_functions;")" 20005
ask one "ROLLBACK;" >/dev/null
is "after its end" "$(counted)" "20005|1020255"

pids=()
for _ in {1..16}; do
    psql -XAtq <<<"SELECT count(spin(n)) FROM numbers; SELECT count(spin(n)) FROM numbers; SELECT trap()" >/dev/null 2>&1 &
    pids+=($!)
done
wait "${pids[@]}" || true
is "16 sessions at once" "$(counted)" "660005|33660255"
is "and their traps" "$(sql "SELECT trapped, instances_dropped FROM wasm.stat_functions WHERE funcname = 'trap'")" "16|16"

sql "SELECT wasm.stat_reset()" >/dev/null
is "reset" "$(sql "SELECT count(*) FROM wasm.stat_functions")" 0
planned=$(sql "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
    EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT count(spin(n)) FROM numbers")
like "parallel workers ran" "$planned" "Workers Launched: [1-9]"
is "parallel workers' calls" "$(counted)" "20000|1020000"

# roles: a place for each, and parallel workers call as their leader
sql "CREATE ROLE one; CREATE ROLE two; GRANT SELECT ON numbers TO one, two; SELECT wasm.stat_reset()" >/dev/null
apart="SET plwasm.track_roles = on; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;"
by_role() { sql "SELECT usename, calls, total_fuel FROM wasm.stat_functions_by_role WHERE funcname = 'spin' ORDER BY 1"; }
pids=()
for role in one two one two one two one two; do
    psql -XAtqc "$apart SET ROLE $role; SELECT count(spin(n)) FROM numbers" >/dev/null 2>&1 &
    pids+=($!)
done
wait "${pids[@]}" || true
is "sessions of two roles at once" "$(by_role)" $'one|80000|4080000\ntwo|80000|4080000'
is "and together" "$(counted)" "160000|8160000"
cluster_ctl -m fast restart >/dev/null
is "a clean restart keeps the roles" "$(by_role)" $'one|80000|4080000\ntwo|80000|4080000'
sql "SELECT wasm.stat_reset(); SELECT count(spin(n)) FROM numbers" >/dev/null
is "a place that has another role's name is not taken for it" "$(by_role)" "|20000|1020000"

# databases
sql "CREATE DATABASE other"
PGDATABASE=other sql "$functions"
is "another database begins anew" "$(PGDATABASE=other counted)" ""
PGDATABASE=other sql "SELECT spin(1)" >/dev/null
is "and counts for itself" "$(PGDATABASE=other counted), $(counted)" "1|6, 20000|1020000"
PGDATABASE=other sql "SELECT wasm.stat_reset()" >/dev/null
is "as it is reset" "$(PGDATABASE=other counted), $(counted)" ", 20000|1020000"

# restarts
cluster_ctl -m fast restart >/dev/null
is "a clean restart keeps it" "$(counted)" "20000|1020000"
sql "SELECT spin(1)" >/dev/null
is "and goes on" "$(counted)" "20001|1020006"
unharmed
session victim
ask victim "SELECT spin(1);" >/dev/null
kill -9 "$(sql "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() LIMIT 1")"
eventually "the server is there again" "SELECT true"
: >"$CLUSTER/log" # of the crash that was wanted
is "a crash drops it" "$(counted)" ""
sql "SELECT spin(1)" >/dev/null
is "and then it counts" "$(counted)" "1|6"
cluster_ctl -m fast stop >/dev/null
printf 'nonsense' | server tee "$CLUSTER/data/pg_stat/plwasm.stat" >/dev/null
cluster_ctl start >/dev/null
is "a file of nonsense is passed over" "$(counted)" ""

# more functions than there is room for
sql "DO \$\$ BEGIN FOR i IN 1..300 LOOP
    EXECUTE format('CREATE FUNCTION f%s(int) RETURNS int LANGUAGE wasm AS ''guests#spin''', i);
    EXECUTE format('SELECT f%s(1)', i);
END LOOP; END \$\$" >/dev/null
is "as many functions and modules as there is room for" \
    "$(sql "SELECT (SELECT count(*) FROM wasm.stat_functions) + (SELECT count(*) FROM wasm.stat_modules)")" 100
like "what found no room is counted" "$(sql "SELECT wasm.stat_uncounted()")" "^[1-9]"
sql "DO \$\$ BEGIN FOR i IN 1..300 LOOP EXECUTE format('DROP FUNCTION f%s', i); END LOOP; END \$\$" >/dev/null
is "dropped functions go" "$(sql "SELECT count(*) FROM wasm.stat_functions")" 0
sql "SELECT spin(1)" >/dev/null
is "and make room" "$(counted)" "1|6"
finish

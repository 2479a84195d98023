#!/usr/bin/env bash
# Tests what goes wrong between servers: a shard that dies or stalls, one with another version of a module or without the extension.
# The error says which server it was, as the table has its name there; nothing is half applied.

PATH=$PATH:/usr/sbin
# In a network of its own, where the machine allows that: an address of it is taken away below.
if [[ -z ${NETWORK:-} ]]; then
    own=(unshare --net)
    [[ $EUID -eq 0 ]] || own=(unshare --user --net --map-current-user --keep-caps)
    if "${own[@]}" ip link set lo up 2>/dev/null; then
        NETWORK=own exec "${own[@]}" "$0"
    fi
fi
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/../client/session.bash"
. "$(dirname "$0")/nodes.bash"

nodes_start -c wal_level=minimal -c max_wal_senders=0
nodes_fill 30000
each=$((30000 / NODES))
sql "ALTER DATABASE postgres SET enable_partitionwise_aggregate = on"
filter="SELECT count(*) FROM requests WHERE soundex(customer) = 'nobody'"
states="SELECT tdigest_count(digest(state)) FROM (SELECT node, digest(ms) AS state FROM requests GROUP BY node) s"
# Some minutes in each shard: in all at once, and in one after another
slow="SELECT node, count(*) FROM requests WHERE levenshtein(repeat(customer, 400), repeat(customer, 400)) > 0 GROUP BY node"
slow_in_turn="SELECT count(*) FROM requests_2 WHERE levenshtein(repeat(customer, 400), repeat(customer, 400)) > 0 LIMIT 1"
# failing QUERY: all of its error
failing() { sql "$1" -v VERBOSITY=verbose 2>&1 || true; }
# runs N: shard N works for the coordinator
runs() {
    eventually "$2: shard $1 works" "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'postgres_fdw' AND state = 'active'
        AND clock_timestamp() - query_start > '0.2 s'" -h "${SHARD[$1]}"
}
shard_ctl() { # shard_ctl N ACTION...
    local coordinator=$CLUSTER
    cluster_use "${SHARD[$1]}"
    cluster_ctl "${@:2}" >/dev/null
    cluster_use "$coordinator"
}

# A shard dies.
session reader -v VERBOSITY=verbose
send reader "$slow"
runs 2 "dies"
shard_ctl 2 stop -m immediate
answer=$(answer reader)
like "a shard dies in the middle: what, and where" "$answer" "ERROR:  08006: server closed the connection unexpectedly.*remote SQL command: SELECT .*public\.requests_2 "
eventually "what the other shards did for it ends" "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'postgres_fdw' AND state = 'active'" -h "${SHARD[1]}"
like "while it is down: the server's name" "$(failing "$filter")" "ERROR:  08001: could not connect to server \"shard_2\""
is "the session goes on" "$(ask reader "SELECT count(*) FROM requests_1")" "$each"
shard_ctl 2 start
is "the shard is back: the same session" "$(ask reader "$filter; $states")" $'0\n'"$((each * NODES))"

# Where rows come from one shard after another, PostgreSQL names no more than the cursor.
send reader "$slow_in_turn"
runs 2 "dies again"
shard_ctl 2 stop -m immediate
like "a shard dies, not asynchronous: what" "$(answer reader)" "ERROR:  08006: server closed the connection unexpectedly.*remote SQL command: FETCH 100 FROM c[0-9]+"
like "the next statement says where" "$(ask reader "$filter")" "ERROR:  08001: could not connect to server \"shard_2\""
shard_ctl 2 start

# A write that fails is undone on all shards.
session writer
is "a transaction writes to all shards" "$(ask writer "BEGIN; INSERT INTO requests SELECT n, 0, 'new', 0 FROM generate_series(1, $NODES) n")" ""
shard_ctl 2 stop -m immediate
like "a shard dies: the next statement fails" "$(ask writer "INSERT INTO requests SELECT n, 0, 'new', 0 FROM generate_series(1, $NODES) n")" "ERROR:  08"
ask writer "COMMIT" >/dev/null
shard_ctl 2 start
is "nothing is half applied" "$(sql "SELECT count(*) FROM requests WHERE customer = 'new'")" 0
sum=$(sql "SELECT sum(ms::int) FROM requests")
raises "a call fails in one shard" 54000 "BEGIN; INSERT INTO requests VALUES (1, 0, 'new', 0);
    ALTER SERVER shard_2 OPTIONS (ADD options '-c plwasm.fuel=10'); UPDATE requests SET ms = 0 WHERE soundex(customer) = 'R163'; COMMIT"
is "nothing is half applied either" "$(sql "SELECT sum(ms::int) FROM requests")" "$sum"

# A shard stalls: its process is stopped. It is cancelled; PostgreSQL waits another 30 s for it to say so, then gives it up.
session stalled -v VERBOSITY=verbose
ask stalled "SET statement_timeout = '2s'" >/dev/null
send stalled "$slow"
runs 2 "stalls"
backend=$(on_shard 2 "SELECT pid FROM pg_stat_activity WHERE application_name = 'postgres_fdw' AND state = 'active'")
kill -STOP $backend
start=$SECONDS
like "a shard stalls: the coordinator's statement_timeout" "$(answer stalled)" "ERROR:  57014: canceling statement due to statement timeout"
is "within 40 s" "$((SECONDS - start < 40))" 1
kill -CONT $backend
eventually "the shard's process ends when it runs again" "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $backend AND state = 'active'" -h "${SHARD[2]}"
is "the session goes on with a new connection" "$(ask stalled "$filter")" 0
for ((n = 1; n <= NODES; n++)); do
    sql "ALTER SERVER shard_$n OPTIONS (ADD options '-c statement_timeout=1s')"
done
like "a shard's own timeout, by options: it is named" "$(failing "$slow")" "ERROR:  57014: canceling statement due to statement timeout.*remote SQL command: SELECT .*public\.requests_[1-$NODES] "
for ((n = 1; n <= NODES; n++)); do
    sql "ALTER SERVER shard_$n OPTIONS (DROP options)"
done

# The network to a shard is lost without a word. Keepalives find out.
if [[ ${NETWORK:-} == own ]]; then
    ip link set lo up
    ip addr add 10.9.9.2/32 dev lo
    echo "listen_addresses = '10.9.9.2'" >>"${SHARD[2]}/data/postgresql.conf"
    echo "host all all 10.9.9.2/32 trust" >>"${SHARD[2]}/data/pg_hba.conf"
    shard_ctl 2 restart -m fast
    sql "ALTER SERVER shard_2 OPTIONS (SET host '10.9.9.2', ADD keepalives_idle '2', ADD keepalives_interval '1', ADD keepalives_count '2',
        ADD tcp_user_timeout '4000', ADD connect_timeout '3')"
    session remote -v VERBOSITY=verbose
    is "a shard at an address" "$(ask remote "$filter")" 0
    send remote "$slow"
    runs 2 "is lost"
    start=$SECONDS
    ip addr del 10.9.9.2/32 dev lo
    like "a shard's network is lost" "$(answer remote)" "ERROR:  08006: .*(timed out|unreachable|No route).*remote SQL command: SELECT .*public\.requests_2 "
    is "a shard's network is lost: soon" "$((SECONDS - start < 20))" 1
    like "a shard's network is lost: then" "$(failing "$filter")" "ERROR:  08001: could not connect to server \"shard_2\""
    ip addr add 10.9.9.2/32 dev lo
    is "a shard's network is back: the same session" "$(ask remote "$filter")" 0
    ip addr del 10.9.9.2/32 dev lo
    sql "ALTER SERVER shard_2 OPTIONS (SET host '${SHARD[2]}')"
else
    echo "skipped a shard's network is lost: this machine gives no network of its own"
fi

# A shard lacks the function.
on_shard 2 "DROP EXTENSION text_tools"
like "without the extension" "$(failing "$filter")" "ERROR:  42883: function public\.soundex\(text\) does not exist.*remote SQL command: .*public\.requests_2 "
on_shard 2 "CREATE EXTENSION text_tools"

# A shard has another version. Nothing fails, so it has to be asked.
everywhere "CREATE VIEW code AS SELECT * FROM wasm.fingerprints() WHERE kind <> 'setting'"
for ((n = 1; n <= NODES; n++)); do
    sql "CREATE FOREIGN TABLE code_$n (kind text, name text, fingerprint text) SERVER shard_$n OPTIONS (table_name 'code')"
done
differ=$(for ((n = 1; n <= NODES; n++)); do
    ((n == 1)) || echo "UNION ALL"
    echo "SELECT 'shard_$n' AS node, kind, name FROM (TABLE code EXCEPT TABLE code_$n) d"
done)
is "all have the same code" "$(sql "$differ")" ""
nodes_extension quantiles c-resources/tdigest.wasm --set-version 1.1 --from "$PLWASM_GUESTS/rust-resources/tdigest.wasm" --from-version 1.0
on_shard 2 "ALTER EXTENSION quantiles UPDATE TO '1.1'"
is "one has another version" "$(sql "$differ")" "shard_2|module|public.quantiles"
is "states of versions that read each other's are merged" "$(sql "$states")" "$((each * NODES))"
# A version whose states the others cannot read
on_shard 2 "CREATE OR REPLACE FUNCTION public.quantiles() RETURNS wasm.module LANGUAGE wasm AS '(module
    (memory (export \"memory\") 1)
    (func (export \"[constructor]tdigest\") (result i32) (i32.const 16))
    (func (export \"[method]tdigest.step\") (param i32 f64))
    (func (export \"[method]tdigest.finish\") (param i32 f64) (result f64) (f64.const 0))
    (func (export \"[method]tdigest.count\") (param i32) (result i64) (i64.const 0))
    (func (export \"[method]tdigest.save\") (param i32) (result i32)
        (i32.store (i32.const 32) (i32.const 64)) (i32.store (i32.const 36) (i32.const 3)) (i32.store (i32.const 64) (i32.const 0xffffff)) (i32.const 32))
    (func (export \"[method]tdigest.merge\") (param i32 i32 i32))
    (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))'"
raises "one has a version whose states others cannot read" 42804 "$states"
is "it is found by its code" "$(sql "$differ")" "shard_2|module|public.quantiles"
finish

#!/usr/bin/env bash
# Tests a shard with a standby: the standby takes reads, with a code cache of its own; when the primary dies it is promoted in the
# middle of queries, none of which fails or changes its result, and the coordinator finds it. What one standby does with functions is
# in ../client/recovery.sh.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/../client/session.bash"
. "$(dirname "$0")/nodes.bash"

NODES=2
nodes_start -c wal_level=replica
nodes_fill 100000
primary=${SHARD[2]}
standby_of "$primary"
standby=$CLUSTER
cluster_use "$COORDINATOR"
on_standby() { sql "$@" -h "$standby"; }

cache=$standby/data/plwasm_cache
is "the standby has compiled nothing" "$(server find "$cache" -type f 2>/dev/null | wc -l)" 0
filter="SELECT count(*) FROM requests_2 WHERE soundex(customer) = 'R163'"
digest="SELECT tdigest_count(digest(ms)), tdigest_finish(digest(ms), 0.99) FROM requests_2"
rows=$(on_shard 2 "$filter; $digest")
is "it gives the same results" "$(on_standby "$filter; $digest")" "$rows"
is "from code that it compiled itself" "$(server find "$cache" -type f | wc -l)" "$(server find "$primary/data/plwasm_cache" -type f | wc -l)"
fuel="SELECT funcname, total_fuel FROM wasm.stat_functions WHERE funcname ~ 'soundex|step' ORDER BY 1"
is "with the same fuel" "$(on_standby "$filter; $digest; $fuel" | tail -n 2)" "$(on_shard 2 "$filter; $digest; $fuel" | tail -n 2)"

# The coordinator reads from the standby while there is one, else from the primary: what the last of them is, is the answer.
sql "ALTER SERVER shard_2 OPTIONS (SET host '$primary,$standby', ADD port '5432,5432', ADD target_session_attrs 'prefer-standby');
    ALTER DATABASE postgres SET enable_partitionwise_aggregate = on;
    CREATE FOREIGN TABLE role_2 (is_standby boolean) SERVER shard_2 OPTIONS (table_name 'role');"
on_shard 2 "CREATE VIEW role AS SELECT pg_is_in_recovery() AS is_standby"
eventually "the coordinator reads from the standby" "SELECT is_standby FROM role_2"
merged="SELECT tdigest_count(digest(state)), round(tdigest_finish(digest(state), 0.99)::numeric)
    FROM (SELECT node, digest(ms) AS state FROM requests GROUP BY node) s"
is "states of a primary and a standby are merged" "$(sql "$merged")" "100000|990"
raises "a standby takes no writes" 25006 "INSERT INTO requests VALUES (2, 0, 'new', 0)"

# Sessions read all the time; meanwhile the primary dies and the standby is promoted.
readers=()
for n in 1 2 3; do
    for ((i = 0; i < 60; i++)); do
        sql "$filter; $digest" -h "$standby"
    done >"$standby/reader$n" 2>&1 &
    readers+=($!)
done
session reader
is "a connection of the coordinator to the standby" "$(ask reader "SELECT is_standby FROM role_2")" t
send reader "$(for ((i = 0; i < 40; i++)); do echo "$merged;"; done)"
eventually "queries run on the standby" "SELECT count(*) > 1 FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()" -h "$standby"
cluster_use "$primary"
cluster_ctl -m immediate stop >/dev/null
cluster_use "$standby"
succeeds "the standby is promoted" cluster_ctl promote
running=$(sql "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()")
is "in the middle of queries" "$((running > 0))" 1
cluster_use "$COORDINATOR"
for pid in "${readers[@]}"; do wait "$pid"; done
is "no query failed, none has another result" "$(cat "$standby"/reader* | sort | uniq -c | tr -s ' ')" "$(sort <<<"$rows" | sed 's/^/ 180 /')"
is "nor any of the coordinator" "$(answer reader | sort | uniq -c | tr -s ' ')" " 40 100000|990"
is "the coordinator finds the new primary" "$(sql "SELECT is_standby FROM role_2")" f
is "which takes writes" "$(sql "INSERT INTO requests VALUES (2, 0, 'Robert', 990); $merged")" "100001|990"
cluster_use "$standby"
unharmed
cluster_use "$COORDINATOR"
finish

#!/usr/bin/env bash
# Tests limits where a statement runs on several servers: each server applies its own, and the option `options` of a foreign server
# is how the coordinator sets them.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/nodes.bash"

nodes_start
nodes_fill 30000
each=$((30000 / NODES))
sql "ALTER DATABASE postgres SET enable_partitionwise_aggregate = on"

filter="SELECT count(*) FROM requests WHERE soundex(customer) = 'nobody'"
states="SELECT tdigest_count(digest(state)) FROM (SELECT node, digest(ms) AS state FROM requests GROUP BY node) s"
# options NAME=VALUE...: what the coordinator's sessions set on the shards
options() {
    local n value=''
    value=$(printf -- '-c %s ' "$@")
    for ((n = 1; n <= NODES; n++)); do
        sql "ALTER SERVER shard_$n OPTIONS (SET options '$value')" 2>/dev/null || sql "ALTER SERVER shard_$n OPTIONS (ADD options '$value')"
    done
}

is "no limit" "$(sql "$filter; $states")" $'0\n'"$((each * NODES))"
is "the coordinator's settings stay on the coordinator" "$(sql "SET plwasm.fuel = 10; SET plwasm.transaction_fuel = 10; $filter")" 0
options plwasm.fuel=10
raises "fuel of a call" 54000 "$filter"
like "the message is the shard's, and the context names its table" "$(sql "$filter" 2>&1 || true)" \
    "function exceeded its fuel limit of 10.*HINT:  Raise plwasm.fuel.*CONTEXT:.*remote SQL command: SELECT .*public\.requests_[1-$NODES] "

# What all rows of a shard take
fuel=$(on_shard 1 "SELECT count(soundex(customer)) FROM requests_1; SELECT total_fuel FROM wasm.stat_functions" | tail -n 1)
options plwasm.transaction_fuel=$((fuel + fuel / 10))
is "a budget is a shard's own: together they may use $NODES times as much" "$(sql "$filter")" 0
options plwasm.transaction_fuel=$((fuel * 9 / 10))
raises "a budget is exceeded" 54000 "$filter"
like "which one, and by which function" "$(sql "$filter" 2>&1 || true)" "transaction exceeded its fuel limit of [0-9]+.*DETAIL:  Used .*soundex\(text\)"
options plwasm.transaction_fuel=$((fuel + fuel / 10))
is "the transaction of the coordinator is one of the shards" "$(sql "$filter; $filter")" $'0\n0'
raises "so two statements share the budget" 54000 "BEGIN; $filter; $filter; COMMIT"

# Rows come by a cursor, 100 at a time: each FETCH is a statement of the shard's.
options plwasm.statement_fuel=$((fuel / 10))
rows="SELECT count(x) FROM (SELECT soundex(customer) AS x FROM requests WHERE soundex(customer) <> 'nobody' OFFSET 0) s"
is "a statement's budget counts each FETCH apart" "$(sql "$rows")" "$((each * NODES))"
raises "so an aggregate exceeds it, as it is made in one" 54000 "$filter"

# A shard's own ceilings hold.
options plwasm.fuel=1e9
on_shard 1 "LOAD 'plwasm'; ALTER SYSTEM SET plwasm.max_fuel = 10; SELECT pg_reload_conf()" >/dev/null
eventually "a shard has a ceiling" "LOAD 'plwasm'; SELECT current_setting('plwasm.max_fuel') = '10'" -h "${SHARD[1]}"
raises "a shard's ceiling is lower" 54000 "$filter"
like "the context names the shard's table" "$(sql "$filter" 2>&1 || true)" "HINT:.*plwasm\.max_fuel.*requests_1 "
finish

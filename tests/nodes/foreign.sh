#!/usr/bin/env bash
# Tests foreign tables: a table that is partitioned over servers by postgres_fdw, with functions of extensions that `plwasm sql`
# has written. Filters, sorting, joins and whole aggregates run on the shards, all at the same time; states of aggregates come from
# the shards and are merged. ROWS is the number of rows (100000 if that is not set). It takes at most 900 s.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/nodes.bash"

ROWS=${ROWS:-100000}
each=$((ROWS / NODES)) rows=$((ROWS / NODES * NODES))
nodes_start
nodes_fill "$ROWS"
everywhere "ALTER DATABASE postgres SET enable_partitionwise_aggregate = on; ALTER DATABASE postgres SET enable_partitionwise_join = on;
    ALTER DATABASE postgres SET jit = off"
for ((n = 1; n <= NODES; n++)); do
    on_shard $n "CREATE INDEX ON customers_$n (slugify(name)); ANALYZE customers_$n"
done
is "rows are shared out" "$(sql "SELECT count(*), count(DISTINCT node) FROM requests")" "$rows|$NODES"

# pushed NAME NODE REMOTE QUERY ANSWER [CALLED]: each shard has a NODE of the plan to itself, which sends REMOTE (a regular
# expression); the coordinator itself calls this many functions, none if that is not said
pushed() {
    local plan
    plan=$(sql "EXPLAIN (VERBOSE, COSTS OFF) $4")
    is "$1: the plan" "$(grep -cE -- "-> +$2( |$)" <<<"$plan") $(grep -cE "Remote SQL: $3" <<<"$plan")" "$NODES $NODES"
    is "$1: the answer" "$(sql "$4; SELECT count(*) FROM wasm.stat_functions")" "$5"$'\n'"${6:-0}"
}
# on_each EXPRESSION: the sum of what it is on the shards, of requests_N r
on_each() {
    local n
    for ((n = 1; n <= NODES; n++)); do on_shard $n "SELECT $1 FROM requests_$n r"; done | awk '{ sum += $1 } END { printf "%d", sum }'
}

async="Async Foreign Scan"
pushed "a filter" "$async" "SELECT id FROM public\.requests_. WHERE .*public\.soundex\(customer\) = 'R163'.*public\.levenshtein\(customer, 'Robert 5'::text\) = 0" \
    "SELECT id FROM requests WHERE soundex(customer) = 'R163' AND levenshtein(customer, 'Robert 5') = 0 AND id < 10" 5
pushed "ORDER BY" "Foreign Scan" "SELECT name FROM public.customers_. ORDER BY public.slugify\(name\)" \
    "SELECT name FROM customers ORDER BY slugify(name) LIMIT 1" ashcraft-102 1 # to merge what is sorted
pushed "ORDER BY and LIMIT of one shard" "Foreign Scan" "SELECT name FROM public\.customers_. .* LIMIT" "$(
    for ((n = 1; n <= NODES; n++)); do
        ((n == 1)) || echo "UNION ALL"
        echo "(SELECT name FROM customers_$n ORDER BY slugify(name) DESC LIMIT 1)"
    done)" "$(for ((n = 1; n <= NODES; n++)); do echo tymczak-998; done)" 1
pushed "a join condition" "Foreign Scan" ".*INNER JOIN .*public\.slugify\(r[0-9]+\.customer\) = r[0-9]+\.name" \
    "SELECT count(*) FROM requests r JOIN customers c ON c.node = r.node AND slugify(r.customer) = c.name" "$rows"
pushed "a join with an aggregate" "$async" "SELECT .*count\(\*\) FROM .*INNER JOIN .*public\.slugify" \
    "SELECT DISTINCT count FROM (SELECT r.node, count(*) FROM requests r JOIN customers c ON c.node = r.node AND slugify(r.customer) = c.name
        GROUP BY r.node) s" "$each"
pushed "a whole aggregate" "$async" "SELECT node, public\.tdigest\(0\.99.*\) WITHIN GROUP \(ORDER BY ms" \
    "SELECT count(*), min(p99) > 986, max(p99) < 994 FROM (SELECT node, tdigest(0.99) WITHIN GROUP (ORDER BY ms) AS p99 FROM requests GROUP BY node) s" "$NODES|t|t"
pushed "HAVING" "$async" "SELECT node, .* HAVING \(\(public\.tdigest_count\(public\.digest\(ms\)\) > 1\)\)" \
    "SELECT count(*) FROM (SELECT node, count(*) FROM requests GROUP BY node HAVING tdigest_count(digest(ms)) > 1) s" "$NODES"

# PostgreSQL ships no partial aggregate: the rows are moved. States are, if the inner query groups by the key of the partitions.
rows_moved="SELECT tdigest_count(digest(ms)), round(tdigest_finish(digest(ms), 0.99)::numeric) FROM requests"
states="SELECT tdigest_count(digest(state)), round(tdigest_finish(digest(state), 0.99)::numeric)
    FROM (SELECT node, digest(ms) AS state FROM requests GROUP BY node) s"
is "a partial aggregate is not shipped" "$(sql "EXPLAIN (VERBOSE, COSTS OFF) $rows_moved" | grep -cE 'Partial Aggregate|Remote SQL: SELECT ms FROM')" $((2 * NODES))
plan=$(sql "EXPLAIN (VERBOSE, COSTS OFF) $states")
is "states are: the plan" "$(grep -c "$async" <<<"$plan") $(grep -cE 'Remote SQL: SELECT node, public\.digest\(ms\) FROM public\.requests_. GROUP BY 1' <<<"$plan")" "$NODES $NODES"
is "states are: the answer" "$(sql "$states")" "$rows|990"
is "the coordinator steps nothing" "$(sql "SET client_min_messages = error; $states; SELECT funcname, calls FROM wasm.stat_functions
    WHERE funcname ~ 'step|merge' ORDER BY 1" | tail -n +2)" "tdigest_merge|$((NODES - 1))"
is "groups of states" "$(sql "SELECT soundex, sum(tdigest_count), count(*) FROM (
        SELECT soundex, tdigest_count(digest(state)) FROM
            (SELECT node, soundex(customer), digest(ms) AS state FROM requests GROUP BY 1, 2) s GROUP BY soundex) s
    WHERE soundex = 'R163' GROUP BY 1")" "R163|$(on_each "count(*) FILTER (WHERE customer LIKE 'Robert%')")|1"
is "exact states" "$(sql "SELECT sum(c) FROM (SELECT node, tdigest_count(digest(ms)) AS c FROM requests GROUP BY node) s")" "$rows"

# A view of a shard that has states: for tables that are not grouped by the key of their partitions, and for parallel plans.
# postgres_fdw reads by cursors, for which PostgreSQL makes no parallel plans; dblink does not.
everywhere "SET client_min_messages = error; CREATE EXTENSION dblink"
for ((n = 1; n <= NODES; n++)); do
    on_shard $n "ALTER TABLE requests_$n SET (parallel_workers = 2); ALTER DATABASE postgres SET min_parallel_table_scan_size = 0;
        ALTER DATABASE postgres SET parallel_setup_cost = 0; ALTER DATABASE postgres SET parallel_tuple_cost = 0;
        ALTER DATABASE postgres SET max_parallel_workers_per_gather = 2;
        CREATE VIEW digest_$n AS SELECT digest(ms) AS state, pg_backend_pid() > 0 AS ready FROM requests_$n"
    sql "CREATE FOREIGN TABLE digest_$n (state wasm.state) SERVER shard_$n OPTIONS (table_name 'digest_$n')"
done
all_states=$(for ((n = 1; n <= NODES; n++)); do
    ((n == 1)) || echo "UNION ALL"
    echo "SELECT state FROM digest_$n"
done)
is "views with states" "$(sql "SELECT tdigest_count(digest(state)) FROM ($all_states) s")" "$rows"
like "dblink, whose queries run in parallel" "$(sql "SELECT string_agg(line, ' ') FROM dblink('shard_1', 'EXPLAIN SELECT state FROM digest_1') AS q (line text)")" "Gather.*Parallel Seq Scan"
is "dblink gets states" "$(sql "SELECT tdigest_count(digest(state)) FROM ($(for ((n = 1; n <= NODES; n++)); do
    ((n == 1)) || echo "UNION ALL"
    echo "SELECT * FROM dblink('shard_$n', 'SELECT state FROM digest_$n') AS q (state wasm.state)"
done)) s")" "$rows"

# What is not in the option `extensions` stays on the coordinator.
sql "ALTER SERVER shard_1 OPTIONS (SET extensions 'plwasm, quantiles')"
is "a function that is not named" "$(sql "EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM requests WHERE soundex(customer) = 'R163'" | grep -cE 'Remote SQL:.*soundex')" $((NODES - 1))
sql "ALTER SERVER shard_1 OPTIONS (SET extensions 'text_tools, quantiles')"
is "without plwasm, no state" "$(sql "EXPLAIN (VERBOSE, COSTS OFF) $states" | grep -cE 'Remote SQL:.*digest')" $((NODES - 1))
is "and yet the same" "$(sql "$states")" "$rows|990"
finish

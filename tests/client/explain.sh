#!/usr/bin/env bash
# Tests plwasm.explain together with auto_explain, which uses the same hooks and logs plans when their execution ends. From
# PostgreSQL 18 on its plans have the calls of functions; before, nothing can be added to them, and nothing may go wrong.
. "$(dirname "$0")/../lib/client.sh"

if [[ ! -e $("$PG_CONFIG" --pkglibdir)/auto_explain.so ]]; then
    echo "skipped auto_explain: this server has none"
    finish
    exit
fi
settings=(-c auto_explain.log_min_duration=0 -c auto_explain.log_analyze=on -c auto_explain.log_timing=off -c plwasm.explain=on)
query="SET max_parallel_workers_per_gather = 0; SELECT sum(twice(n)) FROM numbers WHERE n > 10"
parallel="SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
    SET debug_parallel_query = regress; SELECT sum(twice(n)) FROM numbers"
(($(pg_major) < 16)) && parallel=${parallel/debug_parallel_query/force_parallel_mode}

# logged QUERY [psql's options]: what the query adds to the server's log
logged() {
    local before
    before=$(wc -c <"$CLUSTER/log")
    sql "$@" >"$CLUSTER/answer"
    tail -c "+$((before + 1))" "$CLUSTER/log"
}
# shown: the calls and the fuel that a plan in the log has of twice
shown() { grep -oE 'twice\(integer\) calls=[0-9]+ fuel=[0-9]+' || true; }
if (($(pg_major) >= 18)); then
    some="twice(integer) calls=990 fuel=2970" all="twice(integer) calls=1000 fuel=3000"
else
    some="" all=""
fi

for order in auto_explain,plwasm plwasm,auto_explain; do
    cluster_start -c "shared_preload_libraries=$order" "${settings[@]}"
    sql "CREATE EXTENSION plwasm; CREATE TABLE numbers AS SELECT generate_series(1, 1000) AS n;
        CREATE FUNCTION twice(int) RETURNS int LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS
            '(module (func (export \"twice\") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))'"
    plan=$(logged "$query")
    like "$order: the plan is logged" "$plan" "LOG:  duration: .*Seq Scan on numbers .*rows=990"
    is "$order: with its calls" "$(shown <<<"$plan")" "$some"
    is "$order: the query is answered" "$(<"$CLUSTER/answer")" 1000890
    plan=$(logged "$parallel")
    like "$order: the plan of workers is logged" "$plan" "Gather"
    is "$order: with the calls of workers" "$(shown <<<"$plan")" "$all"
    plan=$(logged "$query" -v ON_ERROR_STOP=1 -c "SET plwasm.explain = off" -f -)
    is "$order: nothing is added if it is off" "$(shown <<<"$plan")" ""
    explained=$(sql "SET max_parallel_workers_per_gather = 0;
        EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT sum(twice(n)) FROM numbers WHERE n > 10")
    is "$order: EXPLAIN has them" "$(shown <<<"$explained")" "twice(integer) calls=990 fuel=2970"
    # A function's own query is a plan of its own.
    plan=$(logged "SET auto_explain.log_nested_statements = on; SET max_parallel_workers_per_gather = 0;
        DO 'BEGIN FOR i IN 1..3 LOOP PERFORM sum(twice(n)) FROM numbers WHERE n > 10; END LOOP; END'")
    is "$order: nested statements" "$(shown <<<"$plan" | uniq -c | xargs)" "${some:+3 $some}"
    cluster_stop
done
finish

#!/usr/bin/env bash
# Tests the fuel budgets of statements and transactions where several processes, messages or transactions take part:
# parallel workers, the extended protocol, sessions side by side.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/session.bash"

cluster_start -c max_worker_processes=16 -c max_parallel_workers=16 -c max_connections=40
sql "$(cat <<'SQL'
CREATE EXTENSION plwasm;
-- 5 n + 1 units
CREATE FUNCTION spin(n int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE COST 10000 AS '(module
    (func (export "spin") (param i32) (result i32)
        (loop $next (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)))';
-- where the leader loads nothing: its executor does not see the function
CREATE FUNCTION hidden(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 10000 AS 'BEGIN RETURN spin(n); END';
-- 20000 calls are 1,020,000 units
CREATE TABLE many AS SELECT 10 AS n FROM generate_series(1, 20000);
ALTER TABLE many SET (parallel_workers = 4);
CREATE TABLE few AS SELECT 10 AS n FROM generate_series(1, 2000);
ANALYZE;
ALTER SYSTEM SET parallel_setup_cost = 0;
ALTER SYSTEM SET parallel_tuple_cost = 0;
ALTER SYSTEM SET min_parallel_table_scan_size = 0;
ALTER SYSTEM SET jit = off;
SELECT pg_reload_conf();
SQL
)" >/dev/null

# budget NAME UNITS QUERY [SETTING...]: prints a new session's answer: the query's result, or its SQLSTATE
budget() {
    local units=$1 query=$2 setting settings=()
    shift 2
    for setting; do settings+=("SET $setting;"); done
    sql "${settings[*]} SET plwasm.statement_fuel = $units; $query" -v VERBOSITY=sqlstate 2>&1 || true
}

# shares NAME UNITS QUERY ANSWER [SETTING...]: never uses more than UNITS, however they are divided. A little is lost:
# some processes have units left when others want them.
shares() {
    local name=$1 units=$2 query=$3 answer=$4 once seen=''
    shift 4
    is "$name: enough" "$(budget $((units * 3 / 2)) "$query" "$@")" "$answer"
    for once in 1 2 3 4 5; do
        seen+=$(budget $((units * 97 / 100)) "$query" "$@")
    done
    is "$name: never more, five times" "$seen" "$(printf 'ERROR:  54000%.0s' 1 2 3 4 5)"
}

all="SELECT count(spin(n)) FROM many"
for workers in 0 1 4; do
    for leader in on off; do
        shares "$workers workers, leader $leader" 1020000 "$all" 20000 \
            "max_parallel_workers_per_gather = $workers" "parallel_leader_participation = $leader"
    done
done
like "workers do take part" "$(sql "SET max_parallel_workers_per_gather = 4; EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) $all")" "Workers Launched: 4"

hidden="SELECT count(hidden(n)) FROM many"
shares "none but workers load the library" 1020000 "$hidden" 20000 "max_parallel_workers_per_gather = 4" "parallel_leader_participation = off"
shares "and the leader too" 1020000 "$hidden" 20000 "max_parallel_workers_per_gather = 4"

# Workers of one statement, launched repeatedly.
again="SELECT count(*) FROM (VALUES (1), (2), (3)) v (o) LEFT JOIN (SELECT spin(n) AS s FROM few OFFSET 0) f ON f.s < v.o"
settings=("max_parallel_workers_per_gather = 2" "enable_material = off" "enable_hashjoin = off" "enable_mergejoin = off" "enable_memoize = off")
like "workers are launched anew" "$(sql "$(printf 'SET %s;' "${settings[@]}") EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) $again")" "Gather \(actual rows=2000 loops=3\)"
shares "workers launched anew" 306000 "$again" 6000 "${settings[@]}"
shares "several sets of workers" 3060000 "SELECT sum(c) FROM ($all UNION ALL $all UNION ALL $all) a (c)" 60000 "max_parallel_workers_per_gather = 2"

# Workers that build an index.
build="CREATE INDEX ON many (spin(n)); DROP INDEX many_spin_idx; SELECT 'built'"
settings=("max_parallel_maintenance_workers = 4" "maintenance_work_mem = '1GB'")
like "workers build an index" "$(sql "$(printf 'SET %s;' "${settings[@]}") SET client_min_messages = debug1; $build" 2>&1)" "with request for [1-4] parallel worker"
shares "workers that build an index" 1020000 "$build" built "${settings[@]}"

# A transaction of several parallel statements.
transaction() { # UNITS
    sql "SET max_parallel_workers_per_gather = 4; SET plwasm.transaction_fuel = $1; BEGIN; $all; $all; COMMIT" -v VERBOSITY=sqlstate 2>&1 || true
}
is "transaction: enough" "$(transaction 3000000)" $'20000\n20000'
is "transaction: never more" "$(transaction 2000000)" $'20000\nERROR:  54000'

# The error. On a busy machine one worker can use all units before there are others.
for ((tries = 0; tries < 20; tries++)); do
    output=$(sql "SET max_parallel_workers_per_gather = 4; SET parallel_leader_participation = off; SET plwasm.statement_fuel = 500000; $all" 2>&1) || true
    [[ $output != *others* ]] || break
done
like "a worker's error names the functions, and the fuel that others used" "$output" "DETAIL:  Used 500000 units of fuel: (spin\(integer\) [0-9]+, )?others [0-9]+\."
session one
is "after an error there is a new budget" "$(ask one "SET max_parallel_workers_per_gather = 4; SET plwasm.statement_fuel = 1200000;
    SELECT count(spin(n)) FROM many, (VALUES (1), (2)) v; $all; $all")" $'ERROR:  54000\n20000\n20000'

# Ceilings apply to workers, even if the leader has not loaded the library.
sql "CREATE ROLE alice LOGIN; ALTER ROLE alice SET plwasm.max_statement_fuel = 1000000; ALTER ROLE alice SET max_parallel_workers_per_gather = 4;
    GRANT SELECT ON many TO alice"
raises "ALTER ROLE: a ceiling for workers" 54000 "SET parallel_leader_participation = off; $hidden" -U alice
raises "ALTER ROLE: not widened" 54000 "SET plwasm.statement_fuel = 2e6; $hidden" -U alice
raises "ALTER ROLE: not set" 42501 "$all LIMIT 0; SET plwasm.max_statement_fuel = 0" -U alice
is "for that role" "$(sql "SET max_parallel_workers_per_gather = 4; $hidden")" 20000

# Messages: each is a statement, in either protocol.
script=$(mktemp)
trap 'rm -f "$script"; cluster_cleanup' EXIT
bench() { # UNITS MODE: prints how often of 20 times two statements of 2000 calls succeed
    PGOPTIONS="-c plwasm.statement_fuel=$1 -c max_parallel_workers_per_gather=0" pgbench -n -f "$script" -M "$2" -t 5 -c 4 -j 2 2>&1 |
        sed -nE 's/^number of transactions actually processed: ([0-9]+).*/\1/p'
}
printf '%s\n' 'SELECT count(spin(n)) FROM few;' 'SELECT count(spin(n)) FROM few;' >"$script"
for mode in simple extended prepared; do
    is "statements, $mode" "$(bench 103000 "$mode")" 20
    is "statements, $mode: no more" "$(bench 101000 "$mode")" 0
done
printf '%s\n' 'BEGIN;' 'DECLARE c CURSOR FOR SELECT spin(n) FROM many;' 'MOVE 2000 FROM c;' 'MOVE 2000 FROM c;' 'COMMIT;' >"$script"
for mode in simple extended; do
    is "a cursor's FETCH, $mode" "$(bench 103000 "$mode")" 20
    is "a cursor's FETCH, $mode: no more" "$(bench 101000 "$mode")" 0
done
printf '%s\n' '\startpipeline' 'SELECT count(spin(n)) FROM few;' 'SELECT count(spin(n)) FROM few;' '\endpipeline' >"$script"
is "a pipeline's" "$(bench 103000 extended)" 20

# A process with neither client nor messages: each transaction is a statement.
sql "LOAD 'plwasm'; ALTER SYSTEM SET plwasm.max_statement_fuel = 110000; ALTER SYSTEM SET autovacuum_naptime = '1s'; SELECT pg_reload_conf();
    CREATE TABLE watched (n int) WITH (autovacuum_analyze_threshold = 10, autovacuum_analyze_scale_factor = 0);
    CREATE INDEX ON watched (spin(n));
    INSERT INTO watched SELECT 10 FROM generate_series(1, 2000)" >/dev/null
eventually "autovacuum's ANALYZE" "SELECT autoanalyze_count > 0 FROM pg_stat_user_tables WHERE relname = 'watched'"
sql "INSERT INTO watched SELECT 10 FROM generate_series(1, 100)"
eventually "and another of the same" "SELECT autoanalyze_count > 1 FROM pg_stat_user_tables WHERE relname = 'watched'"

# Each group that alternates with others has an instance of its own. What the function has in hand before one is made stays there.
sql "CREATE FUNCTION sums() RETURNS wasm.module LANGUAGE wasm AS '(module
    (global \$sum (mut i32) (i32.const 0))
    (func (export \"[constructor]sum\") (result i32) (i32.const 0))
    (func (export \"[method]sum.step\") (param i32 i32) (global.set \$sum (i32.add (global.get \$sum) (local.get 1))))
    (func (export \"[method]sum.finish\") (param i32) (result i32) (global.get \$sum)))';
CREATE FUNCTION sum_step(wasm.state, int) RETURNS wasm.state LANGUAGE wasm AS 'sums#sum.step';
CREATE FUNCTION sum_finish(wasm.state) RETURNS int LANGUAGE wasm AS 'sums#sum.finish';
CREATE AGGREGATE summed(int) (SFUNC = sum_step, STYPE = wasm.state, FINALFUNC = sum_finish)"
groups="SELECT count(summed) FROM (SELECT summed(n) FROM generate_series(1, 40) AS n GROUP BY n % 4) AS g"
is "instances take nothing of a budget" "$(sql "SET plwasm.max_statement_fuel = 0; BEGIN; SET LOCAL plwasm.transaction_fuel = 400000; $groups; SELECT spin(70000)")" $'4\n0'
raises "which has an end" 54000 "SET plwasm.max_statement_fuel = 0; BEGIN; SET LOCAL plwasm.transaction_fuel = 350000; $groups; SELECT spin(70000)"
is "nor are they counted" "$(sql "$groups; SELECT sum(total_fuel) < 300 FROM wasm.stat_functions WHERE funcname LIKE 'sum%'")" $'4\nt'
finish

#!/usr/bin/env bash
# Tests `plwasm profile --db`: the calls of a query are counted exactly, some of many stand for all, nothing stays in the
# database and nothing of them is in the server's log, and only a superuser may have it.
. "$(dirname "$0")/../lib/client.sh"

cluster_start
work=$(scratch profile)
trap 'rm -rf "$work"; cluster_cleanup' EXIT
export XDG_CACHE_HOME=$work/cache
plwasm() { "$PLWASM_STAGE/bin/plwasm" "$@"; }
sql "$(cat <<'SQL'
CREATE EXTENSION plwasm;
CREATE FUNCTION guests() RETURNS wasm.module LANGUAGE wasm AS $$(module
  (func $rounds (param i32) (loop $next (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "spin") (param i32) (result i32) (call $rounds (local.get 0)) (local.get 0))
  (func (export "other") (param i32) (result i32)
    (loop $next (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0))
  (func (export "invert") (param i32) (result i32) (i32.div_s (i32.const 60) (local.get 0)))
  (func $construct (loop (nop)))
  (func (export "[constructor]base") (param i32) (result i32) (call $construct) (call $rounds (i32.const 100000)) (local.get 0))
  (func (export "[method]base.plus") (param i32 i32) (result i32) (call $rounds (local.get 1)) (i32.add (local.get 0) (local.get 1)))
  (func (export "[constructor]sum") (result i32) (i32.const 0))
  (global $sum (mut i32) (i32.const 0))
  (func (export "[method]sum.step") (param i32 i32) (call $rounds (local.get 1)) (global.set $sum (i32.add (global.get $sum) (local.get 1))))
  (func (export "[method]sum.finish") (param i32) (result i32) (global.get $sum)))$$;
CREATE FUNCTION spin(int) RETURNS int LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'guests';
CREATE FUNCTION other(int) RETURNS int LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'guests';
CREATE FUNCTION invert(int) RETURNS int LANGUAGE wasm IMMUTABLE AS 'guests';
CREATE FUNCTION plus(int, int) RETURNS int LANGUAGE wasm IMMUTABLE AS 'guests#base.plus';
CREATE FUNCTION step(wasm.state, int) RETURNS wasm.state LANGUAGE wasm IMMUTABLE AS 'guests#sum.step';
CREATE FUNCTION finish(wasm.state) RETURNS int LANGUAGE wasm IMMUTABLE AS 'guests#sum.finish';
CREATE AGGREGATE total(int) (SFUNC = step, STYPE = wasm.state, FINALFUNC = finish);
CREATE TABLE numbers AS SELECT n FROM generate_series(1, 1000) n;
CREATE ROLE plain LOGIN;
SQL
)"
profile() { # profile [OPTION...] QUERY
    plwasm profile "${@:1:$#-1}" --db '' "${!#}" 2>&1 || true
}

# Few calls: all of them are made again, and the profile is exact. spin(n) takes 5 n + 3 units, other(n) 5 n + 1.
few=$(profile "SELECT spin(n), other(2 * n) FROM numbers WHERE n <= 40")
like "what is called" "$few" " 40 +8240 +[0-9.]+ %  other\(integer\)"
like "all of it" "$few" " 80 +[0-9]+ in all; made again: 80"
calls=$(sed -nE 's/^ +80 +([0-9]+) in all.*/\1/p' <<<"$few")
is "the profile has as much fuel" "$(sed -nE 's/^ +([0-9]+) in all$/\1/p' <<<"$few")" "$calls"
like "the function that loops" "$few" " 3900 +31.3 % +3900 +31.3 %  rounds"
used=$(sql "SELECT wasm.stat_reset(); SELECT count(spin(n)), count(other(2 * n)) FROM numbers WHERE n <= 40;
    SELECT sum(total_fuel) FROM wasm.stat_functions" | tail -n 1)
is "which is what the statistics have" "$calls" "$used"

# Many calls: some stand for all.
many=$(profile --calls 50 "SELECT spin(n), other(2 * n) FROM numbers")
like "many calls" "$many" " 1000 +2505500 +33.4 %  spin"
like "of which some are made again" "$many" " 2000 +[0-9]+ in all; made again: 50"
share=$(sed -nE 's/^ +[0-9]+ +([0-9.]+) %.*%  other$/\1/p' <<<"$many")
like "stand for all" "${share%.*}" "^[56789][0-9]\$" # two thirds, give or take
succeeds "as JSON" python3 -c "import json, sys; assert sum(s['fuel'] for s in json.load(sys.stdin)['stacks']) > 0" \
    < <(profile --json "SELECT spin(n) FROM numbers WHERE n < 5")
profile --flame "$work/flame.svg" "SELECT spin(n) FROM numbers WHERE n < 5" >/dev/null
like "as a flame graph" "$(head -c 2000 "$work/flame.svg")" "<svg"

parallel=$(PGOPTIONS="-c parallel_leader_participation=off -c parallel_setup_cost=0 -c parallel_tuple_cost=0 -c min_parallel_table_scan_size=0" \
    profile "SELECT sum(spin(n)) FROM numbers")
like "parallel workers" "$parallel" " 1000 +2505500 +100.0 %  spin\(integer\)"
prepared=$(profile "SELECT plus(7, n) FROM numbers WHERE n <= 10")
is "a constructor is left out" "$(grep -c construct <<<"$prepared" || true)" 0
like "and the method is there" "$prepared" "%  .*plus"

# What cannot be made again, and errors.
grouped=$(profile "SELECT n % 2, total(n) FROM numbers WHERE n <= 10 GROUP BY 1")
like "groups of an aggregate" "$grouped" " 2 +[0-9]+ +100.0 %  [^ ]*sum.finish"
like "with all their steps" "$grouped" "%  [^ ]*sum.step"
# What the server counts of the query is what the profile has in all.
same_sum() {
    is "$1" "$(profile "$2" | sed -nE 's/^ +[0-9]+ +([0-9]+) in all;.*/\1/p')" \
        "$(sql "$2; SELECT sum(total_fuel) FROM wasm.stat_functions WHERE funcname IN ('step', 'finish')" | tail -n 1)"
}
same_sum "the fuel of groups" "SELECT n % 2, total(n) FROM numbers WHERE n <= 10 GROUP BY 1"
same_sum "a step counts once, however often the result is asked for" "SELECT total(n) OVER (ORDER BY n) FROM numbers WHERE n <= 10"
refused=$(profile "SELECT finish(step(NULL, n)), spin(n) FROM numbers WHERE n <= 10")
like "states that cannot be made again" "$refused" " 10 of which nothing is known: plwasm cannot replay a call of .*finish.*are not known"
caught=$(profile "SELECT spin(3), f.* FROM (SELECT 1) s, LATERAL (SELECT query_to_xml('SELECT 1', true, true, '') IS NULL) f")
like "other functions" "$caught" " 1 +18 +100.0 %  spin\(integer\)"
like "a query that fails" "$(profile "SELECT invert(n - 5) FROM numbers")" "error: .*division by zero"
like "a query that is none" "$(profile "DROP TABLE numbers")" "error: .*syntax error"
like "two statements" "$(profile "SELECT 1; DROP TABLE numbers")" "error: .*cannot insert multiple commands"
like "a query without calls" "$(profile "SELECT 1")" " 0 +0 in all; made again: 0"
profile "INSERT INTO numbers SELECT spin(n) FROM generate_series(1, 10) n" >/dev/null
is "nothing stays" "$(sql "SELECT count(*) FROM numbers")" 1000
sql "GRANT SELECT ON numbers TO plain"
like "only for a superuser" "$(PGUSER=plain profile "SELECT spin(n) FROM numbers")" "error: only a superuser may see"
is "nothing is in the server's log" "$(grep -c 'plwasm replay' "$CLUSTER/log" || true)" 0
finish

#!/usr/bin/env bash
# Tests the costs that the planner is told: wasm.measured_costs and `plwasm bench --cost` agree, push --try sets them,
# wasm.create_functions() keeps them, and who sees what. That plans get better is shown, and tested, by docs/cost.md.
# It takes at most 300 s.
. "$(dirname "$0")/../lib/client.sh"

cluster_start -c shared_preload_libraries=plwasm
work=$(scratch cost)
trap 'rm -rf "$work"; cluster_cleanup' EXIT
export XDG_CACHE_HOME=$work/cache
plwasm() { "$PLWASM_STAGE/bin/plwasm" "$@"; }
fails() { # fails ARGUMENT...: the exit status and the first line on standard error
    local said status=0
    said=$(plwasm "$@" 2>&1 >/dev/null) || status=$?
    printf '%s %s\n' "$status" "$(head -n 1 <<<"$said")"
}
costs() { # costs FUNCTION: its COST and ROWS
    sql "SELECT procost, prorows FROM pg_proc WHERE oid = '$1'::regprocedure"
}
cat >"$work/guests.wat" <<'WAT'
(module
  (memory (export "memory") 1)
  (func (export "spin") (param i32) (result i32)
    (loop $next (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0))
  (func (export "three") (param i32) (result i32)
    (i64.store (i32.const 0) (i64.const 0x300000010)) (i32.const 0))
  (func (export "trap") unreachable))
WAT
sql "CREATE EXTENSION plwasm" >/dev/null
plwasm push "$work/guests.wat" --db '' >/dev/null
sql "CREATE FUNCTION spin(int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT AS 'guests';
    CREATE FUNCTION three(int) RETURNS SETOF int LANGUAGE wasm IMMUTABLE STRICT AS 'guests';
    CREATE FUNCTION trap() RETURNS void LANGUAGE wasm AS 'guests';
    CREATE SCHEMA \"a b\"; CREATE FUNCTION \"a b\".\"x;y\"(int) RETURNS int LANGUAGE wasm AS 'public.guests#spin'" >/dev/null

# The view and the command have the same rule.
is "nothing was measured" "$(sql "SELECT count(*) FROM wasm.measured_costs")" 0
for n in 1 7 8 100 1000 99999; do
    sql "SELECT wasm.stat_reset(); SELECT spin($n), spin($n)" >/dev/null
    is "the COST of spin($n)" "$(sql "SELECT cost FROM wasm.measured_costs WHERE function = 'spin(int)'::regprocedure")" \
        "$(plwasm bench "$work/guests.wat" "spin($n)" --cost | grep -oP 'COST \K.*(?=;)')"
done
is "it is small for a short call" "$(plwasm bench "$work/guests.wat" 'spin(1)' --cost)" $'-- spin(1): fuel 6\nALTER FUNCTION spin(integer) COST 5;'
is "a set has ROWS" "$(plwasm bench "$work/guests.wat" 'three(1)' --as 'three(int) returns setof int' --cost | tail -n 1)" \
    "ALTER FUNCTION three(integer) COST 5 ROWS 3;"
is "a comment cannot end early" "$(plwasm bench "$work/guests.wat" $'spin(\n1)' --cost | head -n 1)" "-- spin( 1): fuel 6"
like "a call that fails has no COST" "$(fails bench "$work/guests.wat" 'trap()' --cost)" "^5 plwasm: error: 38000"

# The statements.
sql "SELECT \"a b\".\"x;y\"(1000)" >/dev/null
is "names are quoted" "$(sql "SELECT statement FROM wasm.measured_costs WHERE cost < 200")" 'ALTER FUNCTION "a b"."x;y"(integer) COST 130'
sql "SELECT statement FROM wasm.measured_costs WHERE cost <> current_cost \\gexec" >/dev/null
is "all are set" "$(costs '"a b"."x;y"(int)') $(costs 'spin(int)')" "130|0 12505|0"
is "then none differs" "$(sql "SELECT count(*) FROM wasm.measured_costs WHERE cost <> current_cost")" 0

# Who sees what: as for the statistics.
sql "CREATE ROLE nobody LOGIN; CREATE ROLE watcher LOGIN; GRANT pg_monitor TO watcher" >/dev/null
is "not the functions of others" "$(sql "SELECT count(*) FROM wasm.measured_costs" -U nobody)" 0
is "except for pg_monitor" "$(sql "SELECT count(*) FROM wasm.measured_costs" -U watcher)" 2
raises "which cannot alter them" 42501 "SELECT statement FROM wasm.measured_costs LIMIT 1 \\gexec" -U watcher

# push --try
is "push --try" "$(plwasm push "$work/guests.wat" --db '' --replace --try 'spin(100)' --try 'spin(300)' --try 'three(1)' \
    --as 'three(int) returns setof int' | tail -n 3)" "$(cat <<'OUT'
ALTER FUNCTION spin(integer) COST 30
ALTER FUNCTION three(integer) COST 5 ROWS 3
ALTER FUNCTION "a b"."x;y"(integer) COST 30
OUT
)"
is "it is done" "$(costs 'spin(int)') $(costs '"a b"."x;y"(int)') $(costs 'three(int)')" "30|0 30|0 5|3"
is "a dry run does nothing" "$(plwasm push "$work/guests.wat" --db '' --replace --dry-run --try 'spin(1)' | grep -c COST) $(costs 'spin(int)')" "2 30|0"
is "a call that fails changes nothing" "$(fails push "$work/guests.wat" --db '' --replace --try 'trap()')" \
    '5 plwasm: error: 38000: trap() returns void: WebAssembly function executed "unreachable"'
is "an export without a function" "$(fails push "$work/guests.wat" --db '' --name another --try 'spin(1)')" \
    '2 plwasm: error: no function of module public.another() calls the export "spin"'
is "leaves no module" "$(sql "SELECT count(*) FROM wasm.modules WHERE name = 'another'")" 0

# wasm.create_functions()
examples=$PLWASM_GUESTS/rust/examples.wasm
plwasm push "$examples" --db '' --create-functions --try "slugify('Hello, World!')" >"$work/out"
is "with the functions that it creates" "$(tail -n 1 "$work/out" | sed 's/[0-9]*$//')" "ALTER FUNCTION slugify(text) COST "
cost=$(costs 'slugify(text)')
create() { sql "SELECT count(*) FROM wasm.create_functions('examples')" >/dev/null; }
create
is "what was set is kept" "$(costs 'slugify(text)')" "$cost"
is "what was not measured is as it was" "$(costs 'reverse(bytea)')" "100|0"
sql "ALTER FUNCTION reverse(bytea) COST 0.1; ALTER FUNCTION slugify COST 100" >/dev/null
sql "SELECT wasm.stat_reset(); SELECT count(slugify('a' || n)) FROM generate_series(1, 10) n" >/dev/null
create
is "what was measured is set" "$(costs 'slugify(text)')" "$(sql "SELECT cost, 0 FROM wasm.measured_costs")"
is "a fraction is kept" "$(costs 'reverse(bytea)')" "0.1|0"
like "it is in the statements" "$(sql "SELECT sql FROM wasm.create_functions('examples', dry_run => true) WHERE export = 'reverse'")" \
    "ALTER FUNCTION public.reverse\(bytea\) COST 0.1;"
finish

# What the tests of replays share: a server that logs each call, guests whose fuel depends on each bit that they get, and finding
# and reading the lines of its log. Sourced after client.sh.

work=$(scratch replay)
trap 'rm -rf "$work"; cluster_cleanup' EXIT
export XDG_CACHE_HOME=$work/cache
guests=$root/guest-examples
plwasm() { "$PLWASM_STAGE/bin/plwasm" "$@"; }

# logged COMMAND...: the lines that the command adds to the log for plwasm replay
logged() {
    local before
    before=$(wc -c <"$CLUSTER/log")
    "$@" >"$work/out" 2>&1 || true
    tail -c "+$((before + 1))" "$CLUSTER/log" >"$work/raw"
    grep -aE '^[0-9].* LOG:  plwasm (cannot )?replay' "$work/raw" || true
}
# refusal COMMAND...: why the call of the command cannot be made again
refusal() { logged "$@" | sed -E 's/.*plwasm cannot replay a call of PL.Wasm function [^:]*("[^"]*")?: //'; }
# again LINE [OPTION...]: the last line of what plwasm replay says
again() {
    local line=$1
    shift
    plwasm replay --db '' "$@" <<<"$line" 2>&1 | tail -n 1
}
same="the same as in the server"
errors="SET plwasm.log_replay = errors"
slow="SET plwasm.log_replay = slow; SET plwasm.log_min_fuel = 0"
failing() { # failing NAME QUERY: one line is logged of the query, and the call ends in the same way
    local lines
    lines=$(logged sql "$errors; $2")
    is "$1: one line" "$(grep -c . <<<"$lines")" 1
    is "$1: the same" "$(again "$lines")" "$same"
}
returning() { # returning NAME NUMBER QUERY: so many lines are logged of the query, and the calls end in the same way
    local lines
    lines=$(logged sql "$slow; $3")
    is "$1: its lines" "$(grep -c . <<<"$lines")" "$2"
    is "$1: the same" "$(plwasm replay --db '' --all <<<"$lines" 2>&1 | grep -c "^$same\$")" "$2"
}

# Guests whose fuel depends on each bit that they get: a loop of as many rounds as a hash of it says.
guest=$(cat <<'WAT'
(module
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 64))
  (global $hash (mut i64) (i64.const 0))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  (func $mix (param i64)
    (global.set $hash (i64.mul (i64.xor (i64.rotl (global.get $hash) (i64.const 7)) (local.get 0))
      (i64.const 0x100000001b3))))
  (func $end (result i32) (local $i i32) (local $n i64)
    (local.set $i (i32.const 64))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (global.get $free)))
      (call $mix (i64.load8_u (local.get $i)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next)))
    (local.set $n (i64.and (i64.xor (global.get $hash) (i64.shr_u (global.get $hash) (i64.const 29)))
      (i64.const 0xffff)))
    (loop $spin (br_if $spin (i64.gt_s (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0))))
    (i32.wrap_i64 (global.get $hash)))
  (func (export "i32") (param i32) (result i32) (call $mix (i64.extend_i32_u (local.get 0))) (call $end))
  (func (export "i64") (param i64) (result i32) (call $mix (local.get 0)) (call $end))
  (func (export "f32") (param f32) (result i32)
    (call $mix (i64.extend_i32_u (i32.reinterpret_f32 (local.get 0)))) (call $end))
  (func (export "f64") (param f64) (result i32) (call $mix (i64.reinterpret_f64 (local.get 0))) (call $end))
  (func (export "list") (param i32 i32) (result i32) (call $mix (i64.extend_i32_u (local.get 1))) (call $end))
  (func (export "maybe") (param i32 i32 i32) (result i32)
    (call $mix (i64.extend_i32_u (local.get 0))) (call $mix (i64.extend_i32_u (local.get 2)))
    (i32.store (i32.const 4) (call $end)) (i32.store (i32.const 0) (i32.const 1)) (i32.const 0))
  (func (export "uuid") (param i64 i64) (result i32)
    (call $mix (local.get 0)) (call $mix (local.get 1)) (call $end))
  (func (export "interval") (param i32 i32 i64) (result i32)
    (call $mix (i64.extend_i32_u (local.get 0))) (call $mix (i64.extend_i32_u (local.get 1)))
    (call $mix (local.get 2)) (call $end))
  (func (export "row") (param i32 i32 i32 f64) (result i32)
    (call $mix (i64.extend_i32_u (local.get 0))) (call $mix (i64.extend_i32_u (local.get 2)))
    (call $mix (i64.reinterpret_f64 (local.get 3))) (call $end))
  (func (export "range") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
    (call $mix (i64.extend_i32_u (local.get 0))) (call $mix (i64.extend_i32_u (local.get 1)))
    (call $mix (i64.extend_i32_u (local.get 2))) (call $mix (i64.extend_i32_u (local.get 3)))
    (call $mix (i64.extend_i32_u (local.get 4))) (call $mix (i64.extend_i32_u (local.get 5)))
    (call $mix (i64.extend_i32_u (local.get 6))) (call $end))
  (func (export "textrange") (param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (call $mix (i64.extend_i32_u (local.get 0))) (call $mix (i64.extend_i32_u (local.get 1)))
    (call $mix (i64.extend_i32_u (local.get 4))) (call $mix (i64.extend_i32_u (local.get 7))) (call $end))
  (func (export "trap") (param i32 i32) (result i32)
    (call $mix (i64.extend_i32_u (local.get 1))) (drop (call $end)) unreachable)
  (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "forever") (loop $l (br $l)))
  (func (export "numeric") (param i32) (result i32)
    (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (local.get 0)) (i32.const 0))
  (data (i32.const 16) "12abc"))
WAT
)
cluster_start -c plwasm.log_replay=slow -c plwasm.log_min_fuel=0
sql "CREATE EXTENSION plwasm" >/dev/null
sql "CREATE FUNCTION guest() RETURNS wasm.module LANGUAGE wasm AS \$wat\$$guest\$wat\$;
CREATE TYPE temper AS ENUM ('sad', 'it''s ok', 'glücklich \\');
CREATE TYPE pair AS (\"A b\" int, note text, weight float8);
CREATE DOMAIN small AS int CHECK (VALUE < 1000000);
CREATE DOMAIN tag AS varchar(20);" >/dev/null

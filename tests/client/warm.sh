#!/usr/bin/env bash
# Tests warm-ups with the command and a server: what a push measures, writes and leaves out, that calls in the server are
# then made after the warm-up, and that the projects of `plwasm new` can ask for one.
. "$(dirname "$0")/../lib/client.sh"

cluster_start
work=$(scratch warm)
trap 'rm -rf "$work"; cluster_cleanup' EXIT
export XDG_CACHE_HOME=$work/cache
plwasm() { "$PLWASM_STAGE/bin/plwasm" "$@"; }
# section FILE: prints what the section at the end of a binary asks for
section() { python3 -c '
import sys
before, name, after = open(sys.argv[1], "rb").read().rpartition(b"\x0bplwasm:warm")
print(after.decode() if name and len(after) == before[-1] - 12 else "none")' "$1"; }
# pulled MODULE: prints the section of a module in the database
pulled() {
    rm -f "$work/pulled.wasm"
    plwasm pull "$1" --db '' --output "$work/pulled.wasm" >/dev/null
    section "$work/pulled.wasm"
}
sql 'CREATE EXTENSION plwasm' >/dev/null

# A table is made on the first call. The flag is a global, and the table in memory.
cat >"$work/core.wat" <<'WAT'
(memory (export "memory") 1)
(global $is-made (mut i32) (i32.const 0))
(func $make (local $n i32)
  (local.set $n (i32.const 1000))
  (loop $next
    (local.set $n (i32.sub (local.get $n) (i32.const 1)))
    (i32.store8 offset=1024 (local.get $n) (local.get $n))
    (br_if $next (local.get $n)))
  (global.set $is-made (i32.const 1)))
(func (export "lazy") (param $x i32) (result i32)
  (if (i32.eqz (global.get $is-made)) (then (call $make)))
  (i32.load8_u offset=1024 (local.get $x)))
(func (export "eager") (param $x i32) (result i32) (call $make) (local.get $x))
(func (export "just-once") (result i32)
  (if (global.get $is-made) (then unreachable))
  (call $make) (i32.const 1))
WAT
{ echo '(module'; cat "$work/core.wat"; echo ')'; } >"$work/lazy.wat"
{
    echo '(component (core module $lazy'
    cat "$work/core.wat"
    echo ') (core instance $made (instantiate $lazy))
      (func (export "lazy") (param "x" s32) (result s32) (canon lift (core func $made "lazy"))))'
} >"$work/whole.wat"

# bounded FUNCTION: prints the sum of 100 calls that together may take 2,000 units of fuel, which is less than one first
# call takes, once an instance has been made
bounded() {
    sql "SELECT sum($1(0)); SET plwasm.statement_fuel = 2000; SELECT sum($1(i)) FROM generate_series(1, 100) AS i" 2>&1 |
        sed -nE '2s/^(ERROR: .*) of .*/\1/; 2p'
}

plwasm push "$work/lazy.wat" --db '' --name cold --create-functions >"$work/out"
is "without options nothing is measured" "$(head -n 1 "$work/out")" "public.cold(): $(plwasm adapt "$work/lazy.wat" -o - | wc -c) bytes"
is "nor asked for" "$(pulled cold)" none
like "every call is the first" "$(bounded lazy)" "exceeded its fuel limit"
sql 'DROP FUNCTION lazy, eager, just_once' >/dev/null

plwasm push "$work/lazy.wat" --db '' --name warm --create-functions --warm 'lazy(1)' --heap 0 >"$work/out"
like "both calls are measured" "$(head -n 1 "$work/out")" \
    '^warm-up lazy\(1\): the first call takes [0-9]{4} units of fuel, the second [0-9]$'
is "the section is pushed" "$(pulled warm)" "heap=0 warm=lazy(1)"
is "calls find what the warm-up made" "$(bounded lazy)" 5050
is "others of the module do not" "$(sql 'SELECT eager(3)')" 3

plwasm push "$work/lazy.wat" --db '' --name eager_ --warm 'eager(1)' >"$work/out"
like "a call that is not helped is left out" "$(head -n 1 "$work/out")" \
    '^warm-up eager\(1\): the first call takes ([0-9]+) units of fuel, the second \1; it does not help, and is left out$'
is "so nothing is asked for" "$(pulled eager_)" none
plwasm push "$work/lazy.wat" --db '' --name once_ --warm 'just-once()' --heap 0 >"$work/out"
like "so is one whose second call fails" "$(head -n 1 "$work/out")" \
    '^warm-up just-once\(\): .*, the second fails \(.*unreachable.*\); it does not help, and is left out$'
is "but not the heap" "$(pulled once_)" "heap=0"

sql 'DROP FUNCTION lazy, eager, just_once' >/dev/null
plwasm push "$work/whole.wat" --db '' --create-functions --warm 'lazy(1)' >/dev/null
is "a component" "$(pulled whole)" "warm=lazy(1)"
is "is warmed up too" "$(bounded lazy)" 5050
is "a dry run measures, too" "$(plwasm push "$work/lazy.wat" --db '' --name dry --dry-run --warm 'lazy(1)' | sed 's/:.*//' | head -n 1)" \
    "warm-up lazy(1)"
status=0
said=$(plwasm push "$work/lazy.wat" --db '' --name bad --warm 'lazy()' 2>&1) || status=$?
like "one that cannot be made is refused" "$status $said" '^2 plwasm: error: 42883: .*warm-up lazy\(\): export "lazy" cannot be called with these constants'
is "and nothing is pushed" "$(sql "SELECT count(*) FROM wasm.modules WHERE module::text = 'bad()'")" 0

# Bodies say the same as options.
sql "CREATE FUNCTION own(int) RETURNS int LANGUAGE wasm IMMUTABLE AS 'cold#lazy warm=(1)'" >/dev/null
is "a body asks for what the command tries" "$(bounded own) $(plwasm run "$work/lazy.wat" 'lazy(7)' --warm '(1)' 2>/dev/null)" "5050 7"

# Projects. Their other tools are tested by docs.sh.
cd "$work"
plwasm new in-c --lang c >/dev/null 2>&1
if clang=$(sed -n 's/^CLANG = //p' in-c/Makefile) && type "$clang" &>/dev/null; then
    PATH=$PLWASM_STAGE/bin:$PATH make -s -C in-c >/dev/null
    is "a project in C asks for a warm-up" "$(grep -c "plwasm:warmwarm=slugify('')" in-c/in-c.wasm)" 1
    is "which is made" "$(cd in-c && plwasm test | tail -n 1)" "3 passed, 0 failed"
else
    echo "skipped a project in C: no $clang"
fi
plwasm new in-rust --lang rust >/dev/null 2>&1
if [[ -d $(rustc --print sysroot 2>/dev/null)/lib/rustlib/wasm32-unknown-unknown/lib ]]; then
    { grep -A 4 'target_arch = "wasm32"' in-rust/src/lib.rs | sed -n '/link_section/,/;$/p'
        echo '#[unsafe(no_mangle)] extern "C" fn slugify() {}'; } >warm.rs
    rustc --target wasm32-unknown-unknown --edition 2024 --crate-type cdylib -o rust.wasm warm.rs
    is "so does one in Rust" "$(grep -c "plwasm:warmwarm=slugify('')" rust.wasm)" 1
else
    echo "skipped a project in Rust: no target wasm32-unknown-unknown"
fi
plwasm new in-go --lang go >/dev/null 2>&1
# The option that its source names is one that the command has.
advised=$(sed -nE "s/.*(--warm \"[^\"]*\").*/\1/p" in-go/functions.go)
is "and one in Go says how" "$(eval "plwasm adapt '$root/guest-examples/rust/examples.wasm' -o out.wasm $advised" 2>&1)" \
    "custom section plwasm:warm: warm=slugify('')"
finish

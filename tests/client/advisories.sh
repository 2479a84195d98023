#!/usr/bin/env bash
# Tests what docs/advisories.md and docs/advisories-unused.md say of this build: what is not in it, and what is refused
# before wasmtime sees it.
. "$(dirname "$0")/../lib/client.sh"

cd "$root"
pages=(docs/advisories.md docs/advisories-unused.md)
work=$(mktemp -d)
trap 'rm -rf "$work"; cluster_cleanup' EXIT

locked=$(sed -n '/^name = "wasmtime"$/{n;s/^version = "\(.*\)"$/\1/p}' Cargo.lock)
like "they are about the wasmtime of Cargo.lock" "$(<docs/advisories.md)" "\`Cargo\.lock\` has wasmtime ${locked//./\\.}:"
names=$(grep -ohE 'GHSA(-[a-z0-9]{4}){3}' "${pages[@]}")
is "each advisory is there once" "$(sort <<<"$names" | uniq -d)" ""
numbers=$(grep -ohE 'GHSA(-[a-z0-9]{4}){3}' docs/advisories.md | wc -l)
like "they are counted" "$(<docs/advisories.md)" "These $numbers are .* other $(($(wc -l <<<"$names") - numbers)) are"

is "no crate for WASI or Winch" "$(grep -E '^name = "(wasi-common|wasmtime-wasi.*|winch.*|wasmtime-internal-winch)"' Cargo.lock || true)" ""
# shellcheck disable=SC2046 # several arguments
features=$(cargo tree --locked $(pg_features) --workspace -e normal,build,dev --prefix none -f '{p} {f}' |
    sed -n 's/^wasmtime v[^ ]* \([^ ]*\).*/\1/p' | sort -u)
like "features of wasmtime" "$features" '(^|,)gc,'
for feature in async component-model-async pooling-allocator threads winch; do
    is "no feature $feature" "$(grep -E "(^|,)$feature(,|$)" <<<"$features" || true)" ""
done
is "its component runtime is not called" "$(grep -rlE 'wasmtime::component|component::(Component|Linker)\b' src engine/src cli/src || true)" ""
is "nor its fuel, its epochs, and what else the page names" \
    "$(grep -rnE 'consume_fuel|epoch_|get_module_export|StructType|linker\.clone|gc_heap_|memory_reservation' src engine/src cli/src || true)" ""

# outcome NAME REGEX: what `plwasm run` says of calling f() of the module on standard input
outcome() {
    cat >"$work/guest.wat"
    like "$1" "$("$PLWASM_STAGE/bin/plwasm" run "$work/guest.wat" 'f()' 2>&1)" "$2"
}
outcome "atomic instructions are refused" '42P13: .*threads' <<'WAT'
(module (memory 1 1) (func (export "f") (result i32) (memory.atomic.notify (i32.const 0) (i32.const 1))))
WAT
outcome "and shared memories" '42P13: .*threads' <<'WAT'
(module (memory 1 1 shared) (func (export "f") (result i32) (i32.const 1)))
WAT
outcome "a table larger than the address space" '53200: .*the limit is' <<'WAT'
(module (table i64 0x2000_0000_0000_0000 funcref) (func (export "f") (result i32) (i32.const 1)))
WAT
outcome "and one that grows to that size" '^-1' <<'WAT'
(module (table i64 0 funcref)
  (func (export "f") (result i64) (table.grow (ref.null func) (i64.const 0x2000_0000_0000_0000))))
WAT
outcome "strings in UTF-16" '0A000: .*utf16' <<'WAT'
(component
  (core module $m (memory (export "m") 1) (func (export "f") (result i32) (i32.const 0)))
  (core instance $i (instantiate $m))
  (func (export "f") (result string) (canon lift (core func $i "f") (memory $i "m") string-encoding=utf16)))
WAT
tag() { # tag EXPORTED IMPORTED: a component with such parameters of a tag, of which $t is a subtype of $s
    local types='(type $s (sub (struct))) (type $t (sub $s (struct (field i32))))'
    cat <<WAT
(component
  (core module \$a $types (tag (export "tag") (param (ref null $1))))
  (core module \$b $types (import "a" "tag" (tag (param (ref null $2)))) (func (export "f") (result i32) (i32.const 7)))
  (core instance \$a (instantiate \$a))
  (core instance \$b (instantiate \$b (with "a" (instance \$a))))
  (func (export "f") (result s32) (canon lift (core func \$b "f"))))
WAT
}
outcome "a tag of the same type" '^7' < <(tag \$t \$t)
outcome "a tag of a subtype" '42P13: .*type mismatch' < <(tag \$t \$s)
outcome "a tag of a supertype" '42P13: .*type mismatch' < <(tag \$s \$t)
outcome "a chain of 49,999 types is dropped" '^1' < <(
    echo '(module (type (struct))'
    for ((type = 0; type < 49998; type++)); do echo "(type (struct (field (ref null $type))))"; done
    echo '(func (export "f") (result i32) (i32.const 1)))'
)
targets() { # targets NUMBER: a br_table with so many targets, besides the default
    echo '(module (func (export "f") (result i32) (block (br_table'
    seq 0 "$1" | sed 's/.*/0/'
    echo '(i32.const 0))) (i32.const 7)))'
}
outcome "a br_table with 65,520 targets" '^7' < <(targets 65520)
outcome "one with more is refused" '42P13: .*65521 targets' < <(targets 65521)
outcome "an odd number of tags" '^7' <<'WAT'
(module (tag $a) (tag $b) (tag $c (param i32)) (table 1 funcref) (elem (i32.const 0) $throw)
  (func $throw (throw $c (i32.const 7)))
  (func (export "f") (result i32)
    (block $caught (result i32) (try_table (catch $c $caught) (call_indirect (i32.const 0))) (i32.const 0))))
WAT
finish

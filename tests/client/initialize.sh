#!/usr/bin/env bash
# Tests what real toolchains leave to run before any call: static objects of C++, linked in each way that wasm-ld and
# wasi-libc support, and top-level statements of AssemblyScript. When a function is called, each object must have been
# constructed once.
. "$(dirname "$0")/../lib/client.sh"

CLANG=${CLANG:-clang++-22}

cluster_start
sql "CREATE EXTENSION plwasm; ALTER SYSTEM SET plwasm.wasi = 'inert'"
sql "SELECT pg_reload_conf()" >/dev/null

# module NAME EXPORT...: creates the module of $CLUSTER/NAME.wasm, and functions that return the results of its
# exports
module() {
    local name=$1 export
    shift
    sql "DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app;
         SELECT wasm.create_module('app.module', pg_read_binary_file('$CLUSTER/$name.wasm'))" >/dev/null
    for export; do
        sql "CREATE FUNCTION app.$export() RETURNS int LANGUAGE wasm AS 'module#$export'"
    done
}

# The compiler must not be able to compute the results of the constructors.
cat >"$CLUSTER/objects.cpp" <<'CPP'
static int constructed;
static volatile int seed = 20;

struct Object {
    int value;
    explicit Object(int start) : value(start) { ++constructed; }
};

static Object first(seed + 1);
static Object second(first.value * 2);

__attribute__((constructor)) void by_attribute() { second.value += 100; }

#define EXPORT(name) extern "C" __attribute__((export_name(#name))) int name()
EXPORT(sum) { return first.value + second.value; }
EXPORT(count) { return constructed; }
EXPORT(change) { return ++first.value * 10 + constructed; }
CPP
cat >"$CLUSTER/program.cpp" <<'CPP'
#include "objects.cpp"
int main() { return sum(); }
CPP
cat >"$CLUSTER/own.cpp" <<'CPP'
#include "objects.cpp"
extern "C" void __wasm_call_ctors();
extern "C" __attribute__((export_name("_initialize"))) void initialize() { __wasm_call_ctors(); }
CPP
cat >"$CLUSTER/other.cpp" <<'CPP'
#include "objects.cpp"
extern "C" __attribute__((export_name("_initialize"))) void initialize() { second.value += 1000; }
CPP

# cpp NAME SUM SOURCE FLAG...: the source, built with these flags, gives that sum
cpp() {
    local name=$1 sum=$2 source=$3 log
    shift 3
    if ! log=$("$CLANG" -O2 -Wno-deprecated "$@" -o "$CLUSTER/$name.wasm" "$CLUSTER/$source.cpp" 2>&1); then
        fail "$name" "$log"
        return
    fi
    module "$name" sum count change
    is "$name" "$(sql 'SELECT app.sum(), app.count(), app.change(), app.change(), app.sum()')" \
        "$sum|2|222|222|$sum"
}

if command -v "$CLANG" >/dev/null; then
    plain=(--target=wasm32 -nostdlib -Wl,--no-entry)
    cpp "every export called by the host" 63 objects "${plain[@]}" -Wl,--export-all
    cpp "constructors exported by name" 63 objects "${plain[@]}" -Wl,--export=__wasm_call_ctors
    cpp "exports that construct" 63 objects "${plain[@]}"
    cpp "an _initialize that constructs" 63 own "${plain[@]}"
    cpp "an _initialize that constructs, all exported" 63 own "${plain[@]}" -Wl,--export-all
    cpp "an _initialize of something else, all exported" 1063 other "${plain[@]}" -Wl,--export-all
    cpp "all exported, with link-time optimization" 63 objects "${plain[@]}" -flto -Wl,--export-all
    if "$CLANG" --target=wasm32-wasi -Wno-deprecated -mexec-model=reactor -x c++ -o "$CLUSTER/nothing.wasm" - \
        <<<'' 2>/dev/null; then
        wasi=(--target=wasm32-wasi)
        cpp "a reactor of wasi-libc" 63 objects "${wasi[@]}" -mexec-model=reactor
        cpp "a reactor of wasi-libc, all exported" 63 objects "${wasi[@]}" -mexec-model=reactor -Wl,--export-all
        cpp "a command of wasi-libc, all exported" 63 program "${wasi[@]}" -Wl,--export-all
        cpp "a command of wasi-libc" 63 program "${wasi[@]}"
    else
        echo "skipped wasi-libc: there is none for wasm32-wasi"
    fi
else
    echo "skipped C++: there is no $CLANG"
fi

# asc NAME FLAG...
asc() {
    local name=$1
    shift
    "$target/guest-examples/assemblyscript/node_modules/.bin/asc" "$CLUSTER/statements.ts" --runtime stub --use abort= \
        -o "$CLUSTER/$name.wasm" "$@" >"$CLUSTER/said" 2>&1 || { fail "$name" "$(<"$CLUSTER/said")"; return; }
    module "$name" answer
    is "$name" "$(sql 'SELECT app.answer(), app.answer()')" "42|42"
}
cat >"$CLUSTER/statements.ts" <<'TS'
const all = new Array<i32>();
for (let i = 0; i < 42; i++) all.push(i);
export function answer(): i32 { return all.length; }
TS
if (cd guest-examples/assemblyscript && . ../npm.sh) >"$CLUSTER/said" 2>&1; then
    asc "statements of AssemblyScript, in the start function"
    asc "statements of AssemblyScript, in _initialize" --exportStart _initialize
else
    echo "skipped AssemblyScript: $(tail -n 1 "$CLUSTER/said")"
fi

# A trap in a constructor causes a warning from CREATE, and an error from each call.
cat >"$CLUSTER/trap.cpp" <<'CPP'
static volatile int zero;
struct Broken {
    int value;
    Broken() : value(zero) { if (value == 0) __builtin_trap(); }
};
static Broken broken;
extern "C" __attribute__((export_name("sum"))) int sum() { return broken.value; }
CPP
if command -v "$CLANG" >/dev/null; then
    "$CLANG" -O1 -Wno-deprecated "${plain[@]}" -Wl,--export-all -o "$CLUSTER/trap.wasm" "$CLUSTER/trap.cpp"
    like "a constructor that traps: CREATE" "$(module trap sum 2>&1)" \
        'WARNING:  __wasm_call_ctors of WebAssembly module failed: WebAssembly function executed "unreachable".*WARNING:'
    said=$(sql "SELECT app.sum()" 2>&1) || true
    like "a constructor that traps: call" "$said" '^ERROR:  __wasm_call_ctors of WebAssembly module failed: WebAssembly function executed "unreachable"'
    like "a constructor that traps: where" "$said" 'Broken::Broken|trap.cpp|__cxx_global_var_init|_GLOBAL__sub_I_trap'
    like "a constructor that traps: before the call" "$said" 'export "sum", before the call'
fi
finish

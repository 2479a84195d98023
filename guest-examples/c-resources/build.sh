#!/bin/sh
# Builds a module of each resource, and its checksum. With --check, builds elsewhere and compares with the checksum.
set -eu
cd "$(dirname "$0")"
mode=${1:-}

CLANG=${CLANG:-clang-22}
WASM_LD=${WASM_LD:-wasm-ld-22}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# As ../c-text is built. -ffp-contract=off is the default for WebAssembly, which has no fused operations.
compile() {
    for source; do
        "$CLANG" --target=wasm32 -std=c23 -O2 -mbulk-memory -Wall -Wextra -Werror -c "$source.c" -o "$scratch/$source.o"
    done
}
# link MODULE STACK OBJECT...: with the types, as a custom section
link() {
    module=$1 stack=$2
    shift 2
    (
        cd "$scratch"
        "$WASM_LD" --no-entry --stack-first -z stack-size=$stack --strip-all --keep-section=name \
            --fatal-warnings resource.o "$@" -o code.wasm
    )
    { cat "$scratch/code.wasm" && tail -c +9 "../component/wit-$module.wasm"; } > "$scratch/$module.wasm"
}

compile resource hash bloom hyperloglog json matcher pattern tdigest validator
link bloom 4096 bloom.o hash.o
link hyperloglog 4096 hyperloglog.o hash.o
link matcher 16384 matcher.o pattern.o
link tdigest 4096 tdigest.o
link validator 65536 validator.o json.o

built="bloom.wasm hyperloglog.wasm matcher.wasm tdigest.wasm validator.wasm"
made_by=$("$CLANG" --version | head -n 1)
. ../finish.sh

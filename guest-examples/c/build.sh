#!/bin/sh
# Builds examples.wasm, rows.wasm and their checksums. With --check, builds elsewhere and compares with the checksums.
set -eu
cd "$(dirname "$0")"
mode=${1:-}

CLANG=${CLANG:-clang-22}
WASM_LD=${WASM_LD:-wasm-ld-22}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# As ../c-text is built. -fwrapv: a product that does not fit wraps, it is not undefined.
for source in examples.c rows.c ../c-text/abi.c; do
    "$CLANG" --target=wasm32 -std=c23 -O2 -fwrapv -Wall -Wextra -Werror \
        -c "$source" -o "$scratch/$(basename "$source" .c).o"
done
(
    cd "$scratch"
    for name in examples rows; do
        "$WASM_LD" --no-entry --stack-first -z stack-size=4096 --strip-all --keep-section=name \
            --fatal-warnings $name.o abi.o -o $name.wasm
    done
)
# A trigger function needs its types.
tail -c +9 ../component/wit-rows.wasm >> "$scratch/rows.wasm"

built="examples.wasm rows.wasm"
made_by=$("$CLANG" --version | head -n 1)
. ../finish.sh

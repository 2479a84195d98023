#!/bin/sh
# Builds lines.wasm, which has DWARF, stripped.wasm, which is the same without it, and their checksums. With --check, builds
# elsewhere and compares with the checksums.
set -eu
cd "$(dirname "$0")"
mode=${1:-}

CLANG=${CLANG:-clang-22}
WASM_LD=${WASM_LD:-wasm-ld-22}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The directory in DWARF is the same wherever this is.
"$CLANG" --target=wasm32 -std=c23 -O2 -g -fdebug-compilation-dir=/home/guest/lines -Wall -Wextra -Werror \
    -c lines.c -o "$scratch/lines.o"
(
    cd "$scratch"
    "$WASM_LD" --no-entry --stack-first -z stack-size=4096 --fatal-warnings lines.o -o lines.wasm
    "$WASM_LD" --no-entry --stack-first -z stack-size=4096 --fatal-warnings --strip-all lines.o -o stripped.wasm
)

built='lines.wasm stripped.wasm'
made_by=$("$CLANG" --version | head -n 1)
. ../finish.sh

#!/bin/sh
# Builds windows.wasm and its checksum. With --check, builds elsewhere and compares with the checksum.
set -eu
cd "$(dirname "$0")"
mode=${1:-}

CLANG=${CLANG:-clang-22}
WASM_LD=${WASM_LD:-wasm-ld-22}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$CLANG" --target=wasm32 -std=c17 -O3 -Wall -Wextra -Werror -c windows.c -o "$scratch/windows.o"
"$WASM_LD" --no-entry --stack-first -z stack-size=4096 --strip-all --keep-section=name --fatal-warnings \
    "$scratch/windows.o" -o "$scratch/windows.wasm"

built=windows.wasm
made_by=$("$CLANG" --version | head -n 1)
. ../finish.sh

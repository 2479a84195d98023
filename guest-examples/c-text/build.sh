#!/bin/sh
# Builds text.wasm and its checksum. With --check, builds elsewhere and compares with the checksum.
set -eu
cd "$(dirname "$0")"

CLANG=${CLANG:-clang-22}
WASM_LD=${WASM_LD:-wasm-ld-22}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Everything goes into the linear memory's first page: a small stack first (so that one that
# overflows traps instead of writing over data), the data, and the rest is the arena.
# --strip-all with the exception of "name" leaves out the compiler's version and keeps the names
# of functions for backtraces.
for source in abi levenshtein text; do
    "$CLANG" --target=wasm32 -msimd128 -std=c17 -O3 -Wall -Wextra -Werror \
        -c "$source.c" -o "$scratch/$source.o"
done
(
    cd "$scratch"
    "$WASM_LD" --no-entry --stack-first -z stack-size=4096 --strip-all --keep-section=name \
        --fatal-warnings abi.o levenshtein.o text.o -o text.wasm
)

case ${1:-} in
--check)
    for built in "$scratch/text.wasm" text.wasm; do
        if [ "$(sha256sum < "$built" | cut -d ' ' -f 1)" != "$(cut -d ' ' -f 1 text.wasm.sha256)" ]; then
            echo "$0: $built is not what text.wasm.sha256 says" >&2
            "$CLANG" --version | head -n 1 >&2
            exit 1
        fi
    done
    echo "text.wasm is what this source and $("$CLANG" --version | head -n 1) give"
    ;;
'')
    install -m 644 "$scratch/text.wasm" text.wasm
    sha256sum text.wasm | tee text.wasm.sha256
    ;;
*)
    echo "usage: $0 [--check]" >&2
    exit 2
    ;;
esac

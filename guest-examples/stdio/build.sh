#!/bin/sh
# Builds stdio.wasm and its checksum. With --check, builds elsewhere and compares with the checksum.
set -eu
cd "$(dirname "$0")"
mode=${1:-}

CLANG=${CLANG:-clang-22}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

if ! echo '#include <stdio.h>' | "$CLANG" --target=wasm32-wasi -Wno-deprecated -x c -fsyntax-only - 2>/dev/null; then
    echo "$0: there is no wasi-libc, see guest-examples/README.md" >&2
    exit 77
fi

# As wasi-libc is meant to be used.
"$CLANG" --target=wasm32-wasi -Wno-deprecated -mexec-model=reactor -O2 -Wall -Wextra -Werror stdio.c -o "$scratch/stdio.wasm" \
    -Wl,--strip-debug

built=stdio.wasm
made_by=$("$CLANG" --version | head -n 1)
. ../finish.sh

#!/bin/sh
# Builds examples.wasm and its checksum. With --check, builds elsewhere and compares with the checksum.
set -eu
cd "$(dirname "$0")"
mode=${1:-}

CLANG=${CLANG:-clang++-22}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

if ! echo '#include <string>' | "$CLANG" --target=wasm32-wasi -Wno-deprecated -x c++ -fsyntax-only - 2>/dev/null; then
    echo "$0: there is no libc++ for wasm32-wasi, see guest-examples/README.md" >&2
    exit 77
fi

# A library of functions, not a program: the model "reactor". libc++ has no exceptions here, and with its checks an
# index out of bounds is an SQL error, as is a sum that does not fit. Paths and the compiler's version are left out.
"$CLANG" --target=wasm32-wasi -Wno-deprecated -mexec-model=reactor -std=c++23 -O2 -Wall -Wextra -Werror \
    -fno-exceptions -fno-rtti -D_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_FAST \
    -fsanitize=signed-integer-overflow -fsanitize-trap=signed-integer-overflow \
    examples.cpp abi.cpp -o "$scratch/code.wasm" \
    -Wl,--export=plwasm_panic_message,--strip-all,--keep-section=name
# and the types, as a custom section
{ cat "$scratch/code.wasm" && tail -c +9 ../component/wit.wasm; } > "$scratch/examples.wasm"

built=examples.wasm
made_by=$("$CLANG" --version | head -n 1)
. ../finish.sh

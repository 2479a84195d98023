#!/bin/sh
# Builds the kernels: NAME.wasm from each NAME.c, and kernels.sha256.
#   build.sh                   writes them to this directory
#   build.sh --check           builds elsewhere and compares with the checksums
#   build.sh --native DIR      builds NAME.so of each for this machine into DIR, if it is older than its source
set -eu
cd "$(dirname "$0")"

CLANG=${CLANG:-clang-22}
WASM_LD=${WASM_LD:-wasm-ld-22}

# The same flags for both: no vectors, since wasm32 without simd128 has none; no fused multiply-add, which would
# change results; square roots without errno.
FLAGS="-std=c17 -O2 -fno-vectorize -fno-slp-vectorize -ffp-contract=off -fno-math-errno -Wall -Wextra -Werror"
WASM="--target=wasm32 -mbulk-memory"
# hidden: calls of its own functions are direct, as they are in a module
NATIVE="-fPIC -fvisibility=hidden -shared"

build_wasm() {
    for source in *.c; do
        name=${source%.c}
        # shellcheck disable=SC2086 # several flags
        "$CLANG" $WASM $FLAGS -c "$source" -o "$scratch/$name.o"
        # The stack comes first, so that a stack overflow traps instead of overwriting data.
        "$WASM_LD" --no-entry --stack-first -z stack-size=16384 --strip-all --keep-section=name \
            --fatal-warnings "$scratch/$name.o" -o "$scratch/$name.wasm"
    done
}

build_native() {
    mkdir -p "$1"
    for source in *.c; do
        built=$1/${source%.c}.so
        if [ -e "$built" ] && [ -z "$(find "$source" kernel.h build.sh -newer "$built")" ]; then
            continue
        fi
        # shellcheck disable=SC2086 # several flags
        "$CLANG" $NATIVE $FLAGS "$source" -o "$built"
    done
}

case ${1:-} in
--native)
    build_native "${2:?a directory}"
    exit
    ;;
--check | '') ;;
*)
    sed -n '2,5s/^# *//p' "$0" >&2
    exit 2
    ;;
esac

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
build_wasm
if [ "${1:-}" ]; then
    if ! (sha256sum --quiet --check kernels.sha256 && cd "$scratch" && sha256sum *.wasm) |
        cmp -s - kernels.sha256; then
        echo "$0: not what kernels.sha256 says" >&2
        "$CLANG" --version | head -n 1 >&2
        exit 1
    fi
    echo "the kernels are what their sources and $("$CLANG" --version | head -n 1) give"
else
    install -m 644 "$scratch"/*.wasm .
    sha256sum ./*.wasm | sed 's|\./||' >kernels.sha256
fi

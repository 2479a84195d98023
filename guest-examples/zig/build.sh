#!/bin/sh
# Builds examples.wasm, total.wasm and their checksums. With --check, builds elsewhere and compares with the checksums.
set -eu
cd "$(dirname "$0")"
mode=${1:-}
. ../pip.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# -rdynamic exports what the source does. ReleaseSafe keeps the checks whose panics become SQL errors.
# Without -fstrip there would be 600 KB of debugging information, and with it there are no names for backtraces.
for name in examples total; do
    "$tools/bin/python" -m ziglang build-exe -target wasm32-freestanding -fno-entry -rdynamic \
        -OReleaseSafe -fstrip \
        --cache-dir "$scratch/cache" --global-cache-dir "$tools/cache" \
        -femit-bin="$scratch/code.wasm" $name.zig
    # and the types, as a custom section
    types=../component/wit.wasm
    [ $name = examples ] || types=../component/wit-$name.wasm
    { cat "$scratch/code.wasm" && tail -c +9 $types; } > "$scratch/$name.wasm"
done

built="examples.wasm total.wasm"
made_by="zig $("$tools/bin/python" -m ziglang version)"
. ../finish.sh

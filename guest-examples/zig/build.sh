#!/bin/sh
# Builds examples.wasm and its checksum. With --check, builds elsewhere and compares with the checksum.
set -eu
cd "$(dirname "$0")"
mode=${1:-}
. ../pip.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# -rdynamic exports what the source does. ReleaseSafe keeps the checks whose panics become SQL errors.
# Without -fstrip there would be 600 KB of debugging information, and with it there are no names for backtraces.
"$tools/bin/python" -m ziglang build-exe -target wasm32-freestanding -fno-entry -rdynamic \
    -OReleaseSafe -fstrip \
    --cache-dir "$scratch/cache" --global-cache-dir "$tools/cache" \
    -femit-bin="$scratch/code.wasm" examples.zig
# and the types, as a custom section
{ cat "$scratch/code.wasm" && tail -c +9 ../component/wit.wasm; } > "$scratch/examples.wasm"

built=examples.wasm
made_by="zig $("$tools/bin/python" -m ziglang version)"
. ../finish.sh

#!/bin/sh
# Builds examples.wasm, total.wasm, strings.wasm and their checksums. With --check, builds elsewhere and compares with
# the checksums.
set -eu
cd "$(dirname "$0")"
mode=${1:-}
. ../npm.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# No garbage collector: the memory of a call is released at its end. `abort` would be an import; without it an
# exception is a trap. --debug keeps the names of functions, for backtraces.
"$tools/node_modules/.bin/asc" examples.ts --runtime stub --use abort= -O2 --debug -o "$scratch/code.wasm"
# and the types, as a custom section
{ cat "$scratch/code.wasm" && tail -c +9 ../component/wit.wasm; } > "$scratch/examples.wasm"

# The same without releasing memory: a state outlives the call that makes it.
"$tools/node_modules/.bin/asc" total.ts --runtime stub --use abort= --transform ./names.mjs -O2 --debug \
    -o "$scratch/code.wasm"
{ cat "$scratch/code.wasm" && tail -c +9 ../component/wit-total.wasm; } > "$scratch/total.wasm"

# As asc builds it for JavaScript.
"$tools/node_modules/.bin/asc" strings.ts --exportRuntime -O -o "$scratch/strings.wasm"

built="examples.wasm total.wasm strings.wasm"
made_by="AssemblyScript: $("$tools/node_modules/.bin/asc" --version)"
. ../finish.sh

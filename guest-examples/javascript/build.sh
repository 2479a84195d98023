#!/bin/sh
# Builds examples.wasm, matcher.wasm and tables.wasm, with QuickJS in them, and spidermonkey.wasm: 1.6 and 12 MB, and
# therefore not kept here. With --check, only builds: there is nothing to compare with.
set -eu
cd "$(dirname "$0")"
. ../npm.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# --stub-wasi: no imports but a trap for each function of WASI. PL/Wasm grants none of them anyway.
# --sync: without the Component Model's async functions.
for name in examples matcher tables; do
    "$tools/node_modules/.bin/componentize-qjs" --stub-wasi --sync --wit ../wit --world $name \
        --js $name.js --output "$scratch/$name.wasm" >/dev/null
done

# The examples with SpiderMonkey, to which an s64 is something else.
sed 's/^const s64 = Number;/const s64 = BigInt;/' examples.js > "$scratch/examples.js"
"$tools/node_modules/.bin/componentize-js" --wit ../wit --world-name examples \
    --disable stdio random clocks http fetch-event --out "$scratch/spidermonkey.wasm" -- "$scratch/examples.js"

[ "${1:-}" = --check ] || install -m 644 "$scratch/examples.wasm" "$scratch/matcher.wasm" "$scratch/tables.wasm" "$scratch/spidermonkey.wasm" .

#!/bin/sh
# Builds examples.wasm, matcher.wasm and tables.wasm: 18 MB each, as all of Python is in them, and therefore not kept here.
# With --check, only builds: there is nothing to compare with, and a build is never the same twice.
set -eu
cd "$(dirname "$0")"
. ../pip.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# build WORLD APP. --stub-wasi: no imports but a trap for each function of WASI. PL/Wasm grants none of them anyway.
build() {
    "$tools/bin/componentize-py" --quiet --wit-path ../wit --world "$1" \
        componentize --stub-wasi "$2" --output "$scratch/$1.wasm"
}
build examples app
build matcher patterns
build tables tables
[ "${1:-}" = --check ] || install -m 644 "$scratch/examples.wasm" "$scratch/matcher.wasm" "$scratch/tables.wasm" .

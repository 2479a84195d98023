#!/bin/sh
# Builds examples.wasm: 18 MB, as all of Python is in it, and therefore not kept here. With --check, only
# builds: there is nothing to compare with, and a build is never the same twice.
set -eu
cd "$(dirname "$0")"
. ../pip.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# --stub-wasi: no imports but a trap for each function of WASI. PL/Wasm grants none of them anyway.
"$tools/bin/componentize-py" --quiet --wit-path ../wit --world examples \
    componentize --stub-wasi app --output "$scratch/examples.wasm"
[ "${1:-}" = --check ] || install -m 644 "$scratch/examples.wasm" examples.wasm

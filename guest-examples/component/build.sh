#!/bin/sh
# Builds what `wasm-tools component embed` and `wasm-tools component new` would, and their checksums. With
# --check, builds elsewhere and compares with the checksums.
#   wit.wasm     ../wit/examples.wit as the custom section of a module that has nothing else. All but its first
#                eight bytes, appended to another module, say what types that one exports
#   wit-*.wasm   the same of each world in ../wit/resources.wit and ../wit/rows.wit that guests without wit-bindgen have
#   rust.wasm    ../rust/examples.wasm, which has such a section, as a component
#   small.wasm   ../rust-resources/small.wasm, the same with resources
set -eu
cd "$(dirname "$0")"
mode=${1:-}
. ../npm.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# next to node_modules, where it finds the tools
cp component.mjs "$tools"
node "$tools/component.mjs" "$PWD/.." "$scratch"

built="wit.wasm wit-bloom.wasm wit-hyperloglog.wasm wit-matcher.wasm wit-rows.wasm wit-tables.wasm wit-tdigest.wasm wit-total.wasm wit-validator.wasm rust.wasm small.wasm"
made_by="jco-transpile $(node -p "require('$tools/node_modules/@bytecodealliance/jco-transpile/package.json').version")"
. ../finish.sh

#!/bin/sh
# Builds examples.wasm: 1.9 MB, as Go's runtime is in it, and therefore not kept here. With --check, only builds: there
# is nothing to compare with.
set -eu
cd "$(dirname "$0")"
. ../pip.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Nothing is fetched, and nothing of the user's settings is in it. The module names WASI: Go has no other target, and
# PL/Wasm has one with nothing in it, plwasm.wasi = 'inert'.
GOOS=wasip1 GOARCH=wasm GOENV=off GOFLAGS= GOPROXY=off GOTOOLCHAIN=local GOCACHE="$tools/cache" \
    "$tools/bin/go" build -buildmode=c-shared -trimpath -buildvcs=false -o "$scratch/code.wasm" .
# and the types, as a custom section
{ cat "$scratch/code.wasm" && tail -c +9 ../component/wit.wasm; } > "$scratch/examples.wasm"
[ "${1:-}" = --check ] || install -m 644 "$scratch/examples.wasm" examples.wasm

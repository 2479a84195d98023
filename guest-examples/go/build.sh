#!/bin/sh
# Builds examples.wasm, matcher.wasm and tables.wasm: 2 to 3 MB, as Go's runtime is in them, and therefore not kept here. With
# --check, only builds: there is nothing to compare with.
set -eu
cd "$(dirname "$0")"
. ../pip.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Nothing is fetched, and nothing of the user's settings is in it. The module names WASI: Go has no other target, and
# PL/Wasm has one with nothing in it, plwasm.wasi = 'inert'.
for name in examples matcher tables; do
    GOOS=wasip1 GOARCH=wasm GOENV=off GOFLAGS= GOPROXY=off GOTOOLCHAIN=local GOCACHE="$tools/cache" \
        "$tools/bin/go" build -buildmode=c-shared -trimpath -buildvcs=false -o "$scratch/code.wasm" abi.go $name.go
    # and the types, as a custom section
    types=../component/wit.wasm
    [ $name = examples ] || types=../component/wit-$name.wasm
    { cat "$scratch/code.wasm" && tail -c +9 $types; } > "$scratch/$name.wasm"
done
[ "${1:-}" = --check ] || install -m 644 "$scratch/examples.wasm" "$scratch/matcher.wasm" "$scratch/tables.wasm" .

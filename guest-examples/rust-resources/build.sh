#!/bin/sh
# Builds a module of each package, and its checksum. With --check, builds elsewhere and compares, and runs the tests.
set -eu
cd "$(dirname "$0")"
../cargo.sh rust-resources "bloom hyperloglog matcher small tdigest validator" "$@"

[ "${1:-}" = --check ] || exit 0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
rustc=${RUSTC:-$(command -v rustc || echo /usr/bin/rustc)}
"$rustc" --edition 2024 -O --test tests.rs -o "$scratch/tests"
"$scratch/tests" --quiet

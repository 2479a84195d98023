#!/bin/sh
# Builds random.wasm and its checksum. With --check, builds elsewhere and compares.
exec "$(dirname "$0")/../cargo.sh" rust-random random "$@"

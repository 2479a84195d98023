#!/bin/sh
# Builds examples.wasm and its checksum. With --check, builds elsewhere and compares.
exec "$(dirname "$0")/../cargo.sh" rust examples "$@"

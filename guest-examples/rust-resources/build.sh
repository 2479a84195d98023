#!/bin/sh
# Builds a module of each package, and its checksum. With --check, builds elsewhere and compares.
exec "$(dirname "$0")/../cargo.sh" rust-resources "bloom hyperloglog matcher small tdigest validator" "$@"

#!/bin/sh
# Builds crates.wasm and its checksum. With --check, builds elsewhere and compares.
exec "$(dirname "$0")/../cargo.sh" crates crates "$@"

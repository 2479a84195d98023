#!/bin/sh
# Builds windows.wasm and its checksum. With --check, builds elsewhere and compares.
exec "$(dirname "$0")/../cargo.sh" windows windows "$@"

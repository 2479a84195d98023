#!/usr/bin/env bash
# Tests that other people's packages work: those of tests/packages/packages.toml are fetched, adapted and compared
# with other implementations, on 10,000 values each. Skipped if a registry cannot be reached.
. "$(dirname "$0")/../lib/client.sh"

cluster_start
sql 'CREATE EXTENSION plwasm' >/dev/null
mkdir -p "$target/packages"
status=0
python3 -B "$root/tests/packages/packages.py" check "$target/packages" "$@" || status=$?
if ((status == 77)); then
    echo "skipped packages: a registry cannot be reached"
elif ((status)); then
    fail packages "exit status $status"
fi
finish

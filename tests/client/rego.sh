#!/usr/bin/env bash
# Tests that a policy in Rego, compiled by OPA, decides as OPA does (tests/rego/check.py). Skipped if PyPI cannot be
# reached. Takes at most 300 s.
. "$(dirname "$0")/../lib/client.sh"

tools=$target/rego
if ! { [[ -x $tools/bin/pip ]] || python3 -m venv "$tools"; }; then
    echo "skipped rego: there is no pip"
    exit
fi
cluster_start
sql 'CREATE EXTENSION plwasm' >/dev/null
status=0
said=$("$tools/bin/python" -B "$root/tests/rego/check.py" "$tools" 2>&1) || status=$?
if ((status == 77)); then
    echo "skipped rego: PyPI cannot be reached"
    finish
fi
((status == 0)) || fail rego "exit status $status"
echo "$said"
[[ $said != *FAILED* ]] || failures=$((failures + 1))
finish

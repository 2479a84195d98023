#!/usr/bin/env bash
# Tests that the WASI with nothing in it answers like wasmtime's own WASI that was given nothing, call by call
# (tests/wasi). Skipped if PyPI cannot be reached. Takes at most 600 s.
. "$(dirname "$0")/../lib/client.sh"

tools=$target/wasi
if ! { [[ -x $tools/bin/pip ]] || python3 -m venv "$tools"; } ||
    ! timeout 200 "$tools/bin/pip" install --quiet --disable-pip-version-check --retries 1 \
        --requirement "$root/tests/wasi/requirements.txt"; then
    echo "skipped wasi_oracle: PyPI cannot be reached"
    exit
fi
cluster_start
sql 'CREATE EXTENSION plwasm' >/dev/null
work=$(scratch wasi_oracle)
status=0
said=$("$tools/bin/python" -B "$root/tests/wasi/oracle.py" "$work" 2>&1) || status=$?
((status == 0)) || fail wasi_oracle "exit status $status"
echo "$said"
[[ $said != *FAILED* ]] || failures=$((failures + 1))
finish

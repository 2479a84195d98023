#!/usr/bin/env bash
# Soak test: for SOAK seconds (60), sixteen sessions call good and evil guests, create, replace and drop functions,
# are cancelled, time out, are terminated and come back, while the code cache is pruned. Every good answer is right,
# the server does not restart, throughput and memory stay the same, and nothing is left behind.
#
# SOAK=3600 tests/client/soak.sh; bench/soak does that and plots it. The work is in tests/lib/soak.py.
. "$(dirname "$0")/../lib/client.sh"

cluster_start -c max_connections=40 -c plwasm.backend_memory=128MB -c plwasm.code_cache_size=32MB \
    -c shared_buffers=64MB -c autovacuum_naptime=5s -c log_min_messages=fatal -c log_min_error_statement=panic
succeeds "everything is created" psql -Xq -v ON_ERROR_STOP=1 -v guests="$PLWASM_GUESTS" -f "$root/tests/lib/soak.sql"
python3 -B "$root/tests/lib/soak.py" --seconds "${SOAK:-60}" --data "$CLUSTER/data" \
    ${SOAK_SAMPLES:+--samples "$SOAK_SAMPLES"} || failures=$((failures + 1))

# Nothing is left: no process except the server's own, and no file.
eventually "no session is left" "SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
postmaster=$(head -n 1 "$CLUSTER/data/postmaster.pid")
is "no compiler is left" "$(for child in $(cat "/proc/$postmaster/task/$postmaster/children"); do
    cat "/proc/$child/task/$child/children"; done)" ""
sql "SELECT wasm.prune_code_cache()" >/dev/null
is "nothing half-written is left in the code cache" "$(find "$CLUSTER/data/plwasm_cache" \( -name '*.tmp' -o -name '*.lock' \))" ""
is "no temporary file is left" "$(find "$CLUSTER/data/base/pgsql_tmp" -type f 2>/dev/null)" ""
like "the code cache is within its limit" "$(du -sk "$CLUSTER/data/plwasm_cache" | cut -f 1)" "^([0-9]{1,4}|[12][0-9]{4}|3[0-3][0-9]{3})$"
is "all functions are good" "$(sql "SELECT add(20, 22), slug('A B'), counted(), total('{1,2,3}')")" "42|a-b|1|6"
finish

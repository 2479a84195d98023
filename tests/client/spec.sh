#!/usr/bin/env bash
# Runs the specification's tests through SQL: modules, functions and calls of its scripts, as far as SQL has their
# types, with one check for each script. TESTS="NAME..." restricts them to scripts whose names contain such a part.
# It takes at most 900 s.
. "$(dirname "$0")/../lib/client.sh"

# Ample limits: 4 GB are initialized, and must be out of bounds before the fuel runs out.
cluster_start -c plwasm.max_memory=64GB -c plwasm.memory=64GB -c plwasm.backend_memory=64GB \
    -c plwasm.max_fuel=0 -c plwasm.fuel=1e12 -c statement_timeout=2min
sql "CREATE EXTENSION plwasm"
dir=$CLUSTER/spec
mkdir "$dir"
# These are the packages that `make test` has built. A single package would have other features and rebuild wasmtime.
# shellcheck disable=SC2046,SC2086 # several words
(cd "$root" && cargo test -q --workspace --exclude plwasm --test spec -- --sql "$dir" ${TESTS:-})
# One half of the scripts runs in each of two databases, in parallel.
createdb -T postgres other
half() { # half DATABASE NUMBER
    env -C "$dir" PGOPTIONS="-c client_min_messages=warning" psql -XAtq -v ON_ERROR_STOP=1 -d "$1" -v half="$2" -f "$root/tests/client/spec.sql"
}
half other 1 >"$dir/other" 2>&1 &
half postgres 0 | tee "$dir/verdicts"
wait $! || fail "the other half of the scripts" "$(grep -vE '^(ok|FAILED|    line) ' "$dir/other")"
cat "$dir/other" | tee -a "$dir/verdicts"
failures=$((failures + $(grep -c '^FAILED ' "$dir/verdicts" || true)))
finish

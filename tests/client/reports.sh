#!/usr/bin/env bash
# Tests the public record: problems with functions in databases that people reported. Each is reproduced in
# tests/reports/ with its source, the situation and the right outcome. TESTS="NN..." restricts them to those numbers.
. "$(dirname "$0")/../lib/client.sh"

shopt -s extglob
cluster_start
for report in "$root"/tests/reports/${TESTS:+@(${TESTS// /|})}*.sql; do
    name=${report##*/} name=${name%.sql}
    createdb "$name"
    # Each runs in its own database and in its own session, which may start others.
    PGDATABASE=$name psql -Xq -v schema="r${name%%-*}" -v report="$name" -f "$root/tests/lib/report.sql" -f "$report" \
        -f "$root/tests/lib/report_verdicts.sql" >"$CLUSTER/said" 2>&1 || true
    # A report that checks nothing has not run.
    grep -qE '^(ok|FAILED) ' "$CLUSTER/said" || fail "$name" "nothing was checked: $(<"$CLUSTER/said")"
    cat "$CLUSTER/said"
    failures=$((failures + $(grep -c '^FAILED ' "$CLUSTER/said" || true)))
done
finish

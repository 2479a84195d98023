#!/usr/bin/env bash
# Owns the public record: problems that people reported of functions in databases, each retold in tests/reports/ with its
# source, the situation and what is right. TESTS="NN..." narrows them to those numbers.
. "$(dirname "$0")/../lib/client.sh"

shopt -s extglob
cluster_start
for report in "$root"/tests/reports/${TESTS:+@(${TESTS// /|})}*.sql; do
    name=${report##*/} name=${name%.sql}
    createdb "$name"
    # each in a database of its own, and in a session of its own, which may start others
    PGDATABASE=$name psql -Xq -v schema="r${name%%-*}" -v report="$name" -f "$root/tests/lib/report.sql" -f "$report" \
        -f "$root/tests/lib/report_verdicts.sql" >"$CLUSTER/said" 2>&1 || true
    # a report that checks nothing has not run
    grep -qE '^(ok|FAILED) ' "$CLUSTER/said" || fail "$name" "nothing was checked: $(<"$CLUSTER/said")"
    cat "$CLUSTER/said"
    failures=$((failures + $(grep -c '^FAILED ' "$CLUSTER/said" || true)))
done
finish

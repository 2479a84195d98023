#!/usr/bin/env bash
# Tests that docs/errors/ is complete: every SQLSTATE of an error that the source names has a section, which PostgreSQL's
# name of the condition heads and the index links to, and the blocks of a section raise its SQLSTATE. docs.sh tests that
# the blocks print what the page shows.
. "$(dirname "$0")/../lib/client.sh"

cd "$root/docs/errors"
# lines FILE:SQLSTATE CONDITION
sections=$(grep -E '^## [0-9A-Z]{5} [a-z_]+$' ./*.md | sed 's/^\.\///; s/## //' | LC_ALL=C sort -t : -k 2)
is "every SQLSTATE of the source has a section" \
    "$(sed -E 's/.*:(.*) .*/\1/' <<<"$sections")" \
    "$(grep -ohrE --exclude-dir=json '"[0-9A-Z]{5}"' "$root/src" "$root/engine/src" | tr -d '"' |
        grep '[0-9]' | grep -vE '^0[01]' | LC_ALL=C sort -u)"
is "the index links to each section" \
    "$(sed -nE 's/^\| ([0-9A-Z]{5}) \| .* \| \[.*\]\((.*)\) \|$/\1 \2/p' index.md)" \
    "$(sed -E 's/(.*):(.*) (.*)/\2 \1#\L\2-\3/' <<<"$sections")"

work=$(scratch errors)
trap 'rm -rf "$work"; cluster_cleanup' EXIT
mkdir "$work/blocks"
# A file for each block, PAGE.NUMBER.SQLSTATE. Blocks of other sections are run for their effects.
awk -v blocks="$work/blocks" '
    FNR == 1 { page = FILENAME; sub(/\.md$/, "", page); number = 0 }
    /^##? / { section = $2 ~ /^[0-9A-Z]+$/ && length($2) == 5 ? $2 : "none" }
    /^```/ { file = $0 == "```sql" ? sprintf("%s/%s.%03d.%s", blocks, page, ++number, section) : ""; next }
    file { print > file }' *.md
ln -s "$PLWASM_GUESTS" "$work/guest-examples"

cluster_start
is "sections are headed by their conditions" \
    "$(while read -r _ condition; do
        psql -Xq -v VERBOSITY=sqlstate -c "DO 'BEGIN RAISE $condition; END'" 2>&1 || true
    done <<<"$sections")" \
    "$(sed -E 's/.*:(.*) .*/ERROR:  \1/' <<<"$sections")"

cd "$work"
declare -A raised
for block in blocks/*; do
    IFS=. read -r page _ section <<<"${block#blocks/}"
    if [[ ${PGDATABASE:-} != "$page" ]]; then
        export PGDATABASE=$page
        createdb --maintenance-db=postgres "$page"
    fi
    raised[$section]+=
    if ! output=$(psql -X -q -v ON_ERROR_STOP=1 -v VERBOSITY=sqlstate <"$block" 2>&1); then
        raised[$section]+=" $(sed -nE 's/^ERROR:  //p' <<<"$output")"
    fi
done
unset "raised[none]"
for section in $(printf '%s\n' "${!raised[@]}" | LC_ALL=C sort); do
    is "the blocks of section $section raise it" "$(xargs -n 1 <<<"${raised[$section]}" | uniq)" "$section"
done
finish

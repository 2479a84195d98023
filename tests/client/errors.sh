#!/usr/bin/env bash
# Tests that docs/errors.md is complete: every SQLSTATE of an error in the source has a section, and the blocks of a
# section raise that SQLSTATE. docs.sh tests that the blocks print what the page shows.
. "$(dirname "$0")/../lib/client.sh"

page=$root/docs/errors.md
is "every SQLSTATE of the source has a section" \
    "$(sed -nE 's/^### ([0-9A-Z]{5})$/\1/p' "$page" | LC_ALL=C sort)" \
    "$(grep -ohrE '"[0-9A-Z]{5}"' "$root/src" "$root/engine/src/error.rs" | tr -d '"' |
        grep '[0-9]' | grep -vE '^0[01]' | LC_ALL=C sort -u)"

work=$(scratch errors)
trap 'rm -rf "$work"; cluster_cleanup' EXIT
mkdir "$work/blocks"
# A file for each block, NUMBER.SQLSTATE. Blocks of other sections are run for their effects.
awk -v blocks="$work/blocks" '
    /^#/ { section = $2 ~ /^[0-9A-Z]+$/ && length($2) == 5 ? $2 : "none" }
    /^```/ { file = $0 == "```sql" ? sprintf("%s/%03d.%s", blocks, ++number, section) : ""; next }
    file { print > file }' "$page"
ln -s "$PLWASM_GUESTS" "$work/guest-examples"

cluster_start
cd "$work"
declare -A raised
for block in blocks/*; do
    section=${block##*.}
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

#!/usr/bin/env bash
# Owns the projects that `plwasm new` makes: each builds with its language's usual tools and passes its own tests. What
# there are no tools for, or what cannot be fetched, is skipped, by name.
. "$(dirname "$0")/../lib/client.sh"

work=$(scratch new)
export XDG_CACHE_HOME=$work/cache
plwasm() { "$PLWASM_STAGE/bin/plwasm" "$@"; }

# project LANGUAGE BUILD...
project() {
    local language=$1 missing
    shift
    missing=$(plwasm new text-tools --lang "$language" --directory "$work/$language" 2>&1 >/dev/null) || true
    if [[ $missing == *"is missing"* ]]; then
        echo "skipped $language: ${missing##*warning: }"
        return
    fi
    cd "$work/$language/text-tools"
    if ! timeout 100 "$@" >"$work/$language.log" 2>&1; then
        if grep -qiE 'ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|network|could not resolve|failed to (get|download)|No matching distribution' "$work/$language.log"; then
            echo "skipped $language: $(tail -n 1 "$work/$language.log")"
        else
            fail "$language builds" "$(tail -n 20 "$work/$language.log")"
        fi
        return
    fi
    echo "ok $language builds"
    is "$language passes its tests" "$(plwasm test 2>&1 | tail -n 1)" "3 passed, 0 failed"
}

for language in rust c zig assemblyscript go python javascript; do
    mkdir -p "$work/$language"
done
npm='npm install --no-audit --no-fund --fetch-retries=1 --fetch-retry-mintimeout=1000 && npm run build'
project rust cargo build --quiet --release
project c make
project zig make
project assemblyscript sh -c "$npm"
project go make
project javascript sh -c "$npm"
[[ ${PLWASM_SLOW:-} != 1 ]] || project python make
finish

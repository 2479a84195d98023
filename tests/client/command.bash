# Replaces the command plwasm for tests: each start is counted, and what it does can be changed. This file is sourced
# after client.sh and before a server is started.
#
#   compilers            prints how often it was started
#   command_does SHELL   sets what it does, in shell; `exec "$real" "$@"` is what it normally does
#   command_is_missing   removes it until command_does is called again

# An installation of our own: other tests use the one that tests/run has made.
if [[ -z $own_stage ]]; then
    own_stage=$(scratch stage)
    cp -al "$PLWASM_STAGE/." "$own_stage" 2>/dev/null || cp -a "$PLWASM_STAGE/." "$own_stage"
    export PLWASM_STAGE=$own_stage
fi
command=$(realpath "$PLWASM_STAGE/bin")/plwasm
mv "$command" "$command-real"
starts=$own_stage/starts
: >"$starts"
chmod 666 "$starts"

command_does() {
    printf '#!/bin/sh\necho $$ >>"%s"\nreal="%s"\n%s\n' "$starts" "$command-real" "$1" >"$command-new"
    chmod 755 "$command-new"
    mv "$command-new" "$command"
}

command_is_missing() {
    rm -f "$command"
}

compilers() {
    wc -l <"$starts"
}

command_does 'exec "$real" "$@"'

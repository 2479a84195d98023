# What client-side tests share. A test is an executable tests/client/NAME.sh that begins with
#   . "$(dirname "$0")/../lib/client.sh"
# starts clusters as pgrx-config/cluster.sh describes, checks things, and ends with `finish`. Each check
# prints one line, `ok NAME` or `FAILED NAME`, and is one test in the final count.
# PLWASM_GUESTS is guest-examples, in a place where the server can read it, too.

set -euo pipefail
export PROFILE=${PROFILE:-dev}
. "$(dirname "${BASH_SOURCE[0]}")/../../pgrx-config/cluster.sh"
unset RUST_BACKTRACE
cluster_stage
export PLWASM_GUESTS=$PLWASM_STAGE/guest-examples
failures=0

# sql QUERY [psql's options]: prints the result, unaligned; fails if the query fails
sql() {
    local query=$1
    shift
    psql -XAtq -v ON_ERROR_STOP=1 "$@" <<<"$query"
}

# is NAME ACTUAL EXPECTED: the two are equal
is() {
    if [[ $2 == "$3" ]]; then
        echo "ok $1"
    else
        fail "$1" "is $2, should be $3"
    fi
}

# like NAME ACTUAL REGEX: the text matches
like() {
    if [[ $2 =~ $3 ]]; then
        echo "ok $1"
    else
        fail "$1" "is $2, should match $3"
    fi
}

# succeeds NAME COMMAND...: the command succeeds; its output is shown only if it fails
succeeds() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then echo "ok $name"; else fail "$name" "$output"; fi
}

# raises NAME SQLSTATE QUERY [psql's options]: the query must fail with this error
raises() {
    local name=$1 sqlstate=$2 query=$3 output
    shift 3
    output=$(sql "$query" -v VERBOSITY=sqlstate "$@" 2>&1) || true
    if [[ $output == *"ERROR:  $sqlstate"* || $output == *"FATAL:  $sqlstate"* ]]; then
        echo "ok $name"
    else
        fail "$name" "should raise $sqlstate, but: $output"
    fi
}

# fail NAME WHY: reports a failure
fail() {
    failures=$((failures + 1))
    echo "FAILED $1"
    sed 's/^/    /' <<<"$2"
}

# eventually NAME QUERY [psql's options]: the query must give `t` within 30 seconds
eventually() {
    local name=$1 query=$2 answer end=$((SECONDS + 30))
    shift 2
    until answer=$(sql "$query" "$@" 2>&1) && [[ $answer == t ]]; do
        if ((SECONDS >= end)); then
            fail "$name" "should become t, but is: $answer"
            return
        fi
        sleep 0.05
    done
    echo "ok $name"
}

# standby_of DIR: makes a standby of that cluster, which becomes the current cluster
standby_of() {
    local standby
    standby=$(scratch cluster)
    clusters+=("$standby")
    [[ $EUID -ne 0 ]] || chown "$server_user" "$standby"
    server "$PLWASM_STAGE/bin/pg_basebackup" -h "$1" -U postgres -D "$standby/data" -R --checkpoint=fast --no-sync
    echo "unix_socket_directories = '$standby'" >>"$standby/data/postgresql.conf"
    cluster_use "$standby"
    cluster_ctl start >/dev/null
}

# Checks that no process of the current cluster has crashed. `finish` calls it; call it before leaving a cluster for
# another one. It reads the log, as PostgreSQL's start time survives the restart after a crash.
unharmed() {
    is "no server process has crashed" \
        "$(grep -E 'terminated by signal|terminating any other active|PANIC:|panicked at' "$CLUSTER/log" || true)" ""
}

finish() {
    [[ -z ${CLUSTER:-} || ! -e $CLUSTER/log ]] || unharmed
    if ((failures)) && [[ -n ${CLUSTER:-} && -e $CLUSTER/log ]]; then
        echo "    the end of the server's log:"
        tail -n 30 "$CLUSTER/log" | sed 's/^/    /'
    fi
    exit $((failures > 0))
}

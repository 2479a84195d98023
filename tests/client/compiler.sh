#!/usr/bin/env bash
# Tests the compiler process: who starts it and when, its limits, how it ends, and that nothing is left of it however
# the sessions end that wait for it.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/session.bash"
. "$(dirname "$0")/command.bash"
trap '' PIPE # writing to a session that the server has ended

# As in a container, the postmaster is the parent of orphans, and takes an unknown child that was killed for one of
# its own. 36 is PR_SET_CHILD_SUBREAPER, 157 is prctl.
command -v perl >/dev/null || echo "# there is no perl: the postmaster is not the parent of orphans"
postmaster=$(dirname "$command")/postgres
subreaper=$own_stage/subreaper
cat >"$subreaper" <<EOT
#!/bin/sh
! command -v perl >/dev/null || exec perl -e 'syscall(157, 36, 1, 0, 0, 0); exec { \$ARGV[0] } @ARGV' "$postmaster" "\$@"
exec "$postmaster" "\$@"
EOT
chmod 755 "$subreaper"

cluster_start -c max_connections=130 -c plwasm.max_module_size=32MB
succeeds "the server starts" cluster_ctl -p "$subreaper" restart
cache=$CLUSTER/data/plwasm_cache
sql "CREATE EXTENSION plwasm; $(<"$(dirname "$0")/big.sql")
    CREATE FUNCTION small(i int) RETURNS int LANGUAGE wasm AS
        '(module (func (export \"small\") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))';
    CREATE TABLE bodies AS SELECT * FROM (VALUES ('little', big(5, 5)), ('some', big(5, 10)), ('slow', big(5, 30000))) AS v (name, code)"
create() { echo "SELECT wasm.create_module('$1', code, true) FROM bodies WHERE name = '$1'"; }
forget() { sql "SELECT wasm.prune_code_cache(0)" >/dev/null; }

real() { pgrep -f "^$command-real compile" || true; }
gone() { # gone NAME: no compiler is left within a second
    for ((i = 0; i < 100; i++)); do
        if [[ -z $(real) ]]; then break; fi
        sleep 0.01
    done
    is "$1: no compiler is left" "$(real)" ""
}
running() { # running NAME: waits until a compiler runs
    for ((i = 0; i < 3000; i++)); do
        if [[ -n $(real) ]]; then break; fi
        sleep 0.01
    done
    sleep 0.2
    like "$1: it is compiling" "$(real)" "^[0-9]+$"
}
is_good() { is "$1: then the session is good" "$(ask guest "SELECT small(21)")" 42; }

# Who compiles.
compiler_of() { # compiler_of CARGO-ARGUMENT...: how many times a package is built with wasmtime's compiler
    (cd "$root" && cargo tree --locked -e normal "$@") | grep -c wasmtime-internal-cranelift || true
}
# shellcheck disable=SC2046 # several arguments
is "the command has a compiler, the library has none" "$(compiler_of -p plwasm-cli), $(compiler_of -p plwasm $(pg_features))" "1, 0"
before=$(compilers)
sql "$(create little)" >/dev/null
is "a module is compiled by a process" "$(($(compilers) - before))" 1
sql "DO LANGUAGE wasm '(module (func (export \"run\")))'"
is "so is a DO" "$(($(compilers) - before))" 2
sql "$(create little)" >/dev/null
is "what is in the code cache is not compiled again" "$(($(compilers) - before))" 2

# Without the command.
command_is_missing
is "without the command what is in the code cache runs" "$(sql "SELECT small(21)")" 42
forget
error=$(sql "\\set VERBOSITY verbose
    $(create little)" 2>&1) || true
like "but nothing is compiled" "$error" "ERROR:  58P01: could not use the command plwasm, which compiles WebAssembly"
like "the error names it" "$error" "DETAIL:  The server looked for it as .* or \"$command\": No such file or directory.*HINT:  Install the command"
raises "nor read" 58P01 "SELECT * FROM wasm.exports('little')"
succeeds "modules are listed" sql "SELECT * FROM wasm.modules"
command_does 'exit 126'
chmod 644 "$command"
raises "a command that cannot be run" 58P01 "$(create little)"
command_does 'exec "$real" "$@"'
succeeds "with the command it is compiled" sql "$(create little)"

# Errors of the code come as they are.
bad="CREATE FUNCTION bad() RETURNS wasm.module LANGUAGE wasm AS '(module $(printf '(func (drop (i32.const %d)))' {1..1000})"
errors=(
    "$bad (func (export \"ü\") (result i32)))'"
    "$bad (func \$f (result i32) (i64.const 1)))'"
    "$bad (func (i32.bogus)))'"
    "$(sed 's/(module/(module (import "env" "log" (func))/' <<<"$bad"))'"
    "$bad (memory 1) (memory 17)$(printf '(memory %d)' {1..20}))'"
)
messages() {
    local query
    for query in "${errors[@]}"; do sql "\\set VERBOSITY verbose
        SET client_min_messages = error; $query" 2>&1 || true; done | grep -v '^LOCATION:'
}
before=$(compilers)
found=$(messages)
is "errors of the code" "$(($(compilers) - before)) $(grep '^ERROR:  [0-9A-Z]*: ' <<<"$found" | cut -d: -f2 | xargs)" "5 42P13 42P13 42P13 0A000 42P13"

# What the process inherits, and its limits.
session guest
ask guest "SET plwasm.compiler_memory = '1GB'; SET plwasm.compiler_time = '100s'; SET max_parallel_maintenance_workers = 1" >/dev/null
send guest "$(create slow)"
running "a large module"
proc=/proc/$(real)
is "its environment" "$(tr '\0' '\n' <"$proc/environ" | sort | xargs)" "PWD=/ RAYON_NUM_THREADS=2"
is "it has three files open, and nothing of the server's" "$(find "$proc/fd" -type l -printf '%f %l\n' | sed 's/:.*//' | sort | xargs)" \
    "0 pipe 1 /memfd 2 pipe"
limit() { awk -v name="$1" 'index($0, name) == 1 { print $(NF - 2), $(NF - 1) }' "$proc/limits"; }
is "its limits" "$(limit "Max data size"), $(limit "Max cpu time"), $(limit "Max core file size")" "1073741824 1073741824, 100 105, 0 0"
is "it goes first where memory is short" "$(cat "$proc/oom_score_adj")" 1000
threads=0
for ((i = 0; i < 1000 && threads < 3; i++)); do
    threads=$(awk '$1 == "Threads:" { print $2 }' "$proc/status")
    sleep 0.01
done
is "it has as many threads as there may be, and the first" "$threads" 3
is "pg_stat_activity shows what the session waits for" "$(sql "SELECT wait_event_type || ' ' || wait_event FROM pg_stat_activity WHERE pid = $(pid guest)")" \
    "Extension $(if (($(sql "SHOW server_version_num") < 170000)); then echo Extension; else echo PlwasmCompiler; fi)"

# It is cancelled.
session other
start=${EPOCHREALTIME/./}
ask other "SELECT pg_cancel_backend($(pid guest))" >/dev/null
is "cancel" "$(answer guest)" "ERROR:  57014"
took=$(((${EPOCHREALTIME/./} - start) / 1000))
like "cancel: within a second" "$((took < 1000)), $took ms" "^1,"
echo "# cancel: $took ms"
gone "cancel"
is_good "cancel"
is "statement_timeout" "$(ask guest "SET statement_timeout = '500ms'; $(create slow)")" "ERROR:  57014"
gone "statement_timeout"
is "the session can go on in a savepoint" "$(ask guest "BEGIN; SAVEPOINT s; $(create slow); ROLLBACK TO s; SELECT small(4); COMMIT;
    RESET statement_timeout")" $'ERROR:  57014\n8'

# It reaches its limits.
error=$(sql "SET plwasm.compiler_memory = '64MB'; \\set VERBOSITY verbose
    $(create slow)" 2>&1) || true
like "too little memory" "$error" "ERROR:  53200: compiler of WebAssembly ran out of memory.*limit is 67108864 bytes.*HINT:  .*plwasm.compiler_memory"
error=$(sql "SET plwasm.compiler_time = 1; \\set VERBOSITY verbose
    $(create slow)" 2>&1) || true
like "too little time" "$error" "ERROR:  54000: compiler of WebAssembly ran out of time.*limit is 1 seconds.*HINT:  .*plwasm.compiler_time"
gone "too little time"
sql "CREATE ROLE alice LOGIN"
raises "limits are the superuser's" 42501 "SELECT small(1); SET plwasm.compiler_memory = '2GB'" -U alice
raises "both of them" 42501 "SELECT small(1); SET plwasm.compiler_time = 1000" -U alice

# It misbehaves.
fails() { # fails NAME SHELL SQLSTATE MESSAGE
    local error
    command_does "$2"
    forget
    error=$(sql "\\set VERBOSITY verbose
        $(create some)" 2>&1) || true
    like "$1" "$error" "^ERROR:  $3: compiler of WebAssembly $4"
}
fails "killed" 'kill -9 $$' 58000 "was killed by signal 9.*HINT:  The operating system does that when it is short of memory"
fails "killed after a while" 'cat >/dev/null; kill -11 $$' 58000 "was killed by signal 11"
fails "nothing" 'exit 0' XX000 "failed: it is 0 bytes long"
fails "a status" 'exit 3' XX000 "failed: exit status: 3"
fails "words" 'cat >/dev/null; echo oh dear >&2; exit 3' XX000 "failed: oh dear"
fails "too many words" 'cat >/dev/null; yes "oh dear" | head -c 3000000 >&2; exit 3' XX000 "failed: oh dear oh dear"
like "are cut" "$(tail -n 3 "$CLUSTER/log" | wc -c)" "^[0-9]{3,4}$"
fails "something else" 'cat >/dev/null; seq 100000' XX000 "failed: its checksum does not match"
fails "too much" 'exec "$real" $(echo "$@" | sed "s/--output [0-9]*/--output 1000/")' 54000 "produced too much code.*limit is"
command_does 'exec "$real" "$@"'
is_good "all that"
send guest "$(create slow)"
running "another"
kill -9 "$(real)"
is "killed while it compiles" "$(answer guest)" "ERROR:  58000"
is_good "killed while it compiles"
gone "all that"

# Several sessions want the same code: one compiles, and the others wait as long as necessary.
sql "$(create some); CREATE FUNCTION f(int) RETURNS int LANGUAGE wasm AS 'some#f'" >/dev/null
waiting() { # waits until that many sessions wait
    eventually "$1" "SELECT count(*) = $2 FROM pg_stat_activity WHERE wait_event_type = 'Extension'
        AND query LIKE 'SELECT f(%'"
}
forget
command_does "while [ ! -e '$CLUSTER/go' ] && kill -0 \$PPID 2>/dev/null; do sleep 0.1; done; exec \"\$real\" \"\$@\""
before=$(compilers)
answers=$(mktemp)
many=()
for i in {1..95}; do
    sql "SELECT f(37)" >>"$answers" 2>&1 &
    many+=($!)
done
for i in {1..5}; do # these will not wait that long
    sql "SET statement_timeout = '20s'; SELECT f(37) + $i" -v VERBOSITY=sqlstate >>"$answers" 2>&1 &
    many+=($!)
done
waiting "a hundred wait" 100
is "some are cancelled" "$(sql "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE query LIKE '%SELECT f(37) + _'")" 5
waiting "the others wait on" 95
is "the sessions that were cancelled" "$(sort "$answers" | uniq -c | xargs)" "5 ERROR: 57014"
is "one compiler runs" "$(($(compilers) - before))" 1
server touch "$CLUSTER/go"
wait "${many[@]}" || true
is "all have an answer" "$(sort "$answers" | uniq -c | xargs)" "95 42 5 ERROR: 57014"
is "of one compiler" "$(($(compilers) - before))" 1
is "no lock is left" "$(server find "$cache" -name 'pgsql_tmp*')" ""

# The compiling session fails: another takes over.
over() { # over NAME WANTED SHELL: $holder compiles while session `other` waits
    rm -f "$CLUSTER/go"
    forget
    session holder
    before=$(compilers)
    send holder "SELECT f(37)"
    for ((i = 0; i < 1000; i++)); do
        if (($(compilers) > before)); then break; fi
        sleep 0.01
    done
    session other
    send other "SELECT f(36)"
    waiting "$1: one compiles, one waits" 2
    holder=$(tail -n 1 "$starts")
    eval "$3" >/dev/null
    like "$1: the compiling session" "$(answer holder)" "$2"
    for ((i = 0; i < 1000; i++)); do
        if (($(compilers) > before + 1)); then break; fi
        sleep 0.01
    done
    server touch "$CLUSTER/go"
    is "$1: the waiting session" "$(answer other) $(($(compilers) - before))" "41 2"
}
over "a compiler is killed" "^ERROR:  58000$" 'kill -9 "$holder"'
over "its session is cancelled" "^ERROR:  57014$" 'sql "SELECT pg_cancel_backend($(pid holder))"'
over "its session is terminated" "^FATAL:  57P01" 'sql "SELECT pg_terminate_backend($(pid holder))"'
server touch "$CLUSTER/go"
gone "taken over"
command_does 'exec "$real" "$@"'

# A waiting session ends.
session doomed
send doomed "$(create slow)"
running "terminate"
sql "SELECT pg_terminate_backend($(pid doomed))" >/dev/null
like "terminate" "$(answer doomed)" "^FATAL:  57P01"
gone "terminate"
PGOPTIONS="-c client_connection_check_interval=100ms" psql -XAtq -c "$(create slow)" &
leaver=$!
disown
running "a client that is gone"
kill -9 $leaver
gone "a client that is gone"
send guest "$(create slow)"
running "a fast shutdown"
succeeds "a fast shutdown" cluster_ctl -m fast stop
gone "a fast shutdown"
unharmed
: >"$CLUSTER/log"
cluster_ctl -p "$subreaper" start >/dev/null
session guest
send guest "$(create slow)"
running "an immediate shutdown"
cluster_ctl -m immediate stop >/dev/null
gone "an immediate shutdown"
cluster_ctl -p "$subreaper" start >/dev/null
session guest
send guest "$(create slow)"
running "kill -9 of the backend"
server kill -9 "$(pid guest)"
gone "kill -9 of the backend"
eventually "kill -9 of the backend: the server recovers" "SELECT small(21) = 42"
is "kill -9 of the backend: nothing else was killed" "$(grep -oE 'terminated by signal.*|PANIC:.*|panicked at.*' "$CLUSTER/log")" "terminated by signal 9: Killed"
is "and works" "$(sql "SELECT f(37)")" 42

# Here the postmaster is the parent of orphans, and does take one that is killed for its own.
if command -v perl >/dev/null; then
    : >"$CLUSTER/log"
    command_does 'sleep 60'
    session doomed
    forget
    before=$(compilers)
    send doomed "$(create some)"
    for ((i = 0; i < 1000; i++)); do
        if (($(compilers) > before)); then break; fi
        sleep 0.01
    done
    orphan=$(tail -n 1 "$starts")
    sql "SELECT pg_terminate_backend($(pid doomed))" >/dev/null
    # Its answer does not show that: before version 16 every process that a backend starts has the client's socket,
    # until it closes the socket.
    eventually "its parent is gone" "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $(pid doomed)"
    is "an orphan is the postmaster's" "$(awk '$1 == "PPid:" { print $2 }' "/proc/$orphan/status")" "$(head -n 1 "$CLUSTER/data/postmaster.pid")"
    kill "$orphan"
    for ((i = 0; i < 1000; i++)); do
        if grep -q 'terminated by signal' "$CLUSTER/log"; then break; fi
        sleep 0.01
    done
    like "one that a signal kills is taken for a backend" "$(grep 'terminated by signal' "$CLUSTER/log")" "PID $orphan"
    : >"$CLUSTER/log"
fi
finish

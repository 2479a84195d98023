#!/usr/bin/env bash
# Tests surroundings in which something is short: address space, data, file descriptors, processes, stack, temporary
# files, connections, memory of a cgroup. Whatever a call or a compilation lacks is an error of its statement, never
# the end of its session or of the server. Once there is enough again, the same session works.
#
# OVERCOMMIT=1 also makes the kernel promise no memory that it does not have (vm.overcommit_memory = 2). This needs
# root, and affects the whole machine while it lasts.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/session.bash"
trap '' PIPE # writing to a session that the server has ended

# What every case calls. A separate process compiles modules of more than 8 kB.
functions=$(cat <<'SQL'
CREATE EXTENSION plwasm;
CREATE FUNCTION good(i int) RETURNS int LANGUAGE wasm IMMUTABLE AS
    '(module (func (export "good") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))';
CREATE FUNCTION strings() RETURNS wasm.module LANGUAGE wasm AS '(module (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (local.set 0 (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get 3) (i32.const 16)))))
        (if (i32.eq (local.get 0) (i32.const -1)) (then unreachable))
        (i32.shl (local.get 0) (i32.const 16)))
    (func (export "echo") (param i32 i32) (result i32)
        (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8)))';
CREATE FUNCTION echo(text) RETURNS text LANGUAGE wasm AS 'strings';
CREATE FUNCTION echo_all(text[]) RETURNS text[] LANGUAGE wasm AS 'strings#echo';
CREATE FUNCTION echo_rows(text[]) RETURNS SETOF text LANGUAGE wasm AS 'strings#echo';
CREATE FUNCTION filled() RETURNS int LANGUAGE wasm AS '(module (memory 900) (func (export "filled") (result i32)
    (memory.fill (i32.const 0) (i32.const 7) (i32.const 58982400)) (i32.load8_u (i32.const 58982399))))';
CREATE FUNCTION tabled() RETURNS int LANGUAGE wasm AS '(module (table 1 funcref) (func (export "tabled") (result i32)
    (if (i32.eq (i32.const -1) (table.grow (ref.null func) (i32.const 3000000))) (then unreachable)) (table.size)))';
CREATE FUNCTION objects() RETURNS int LANGUAGE wasm AS '(module (type $n (struct (field (ref null $n)))) (func (export "objects") (result i32)
    (local $n (ref null $n)) (local $i i32) (loop $next (local.set $n (struct.new $n (local.get $n)))
        (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 300000)))) (local.get $i)))';
CREATE FUNCTION thrown() RETURNS int LANGUAGE wasm AS '(module (tag $t) (func (export "thrown") (result i32)
    (block $caught (try_table (catch $t $caught) (throw $t))) (i32.const 1)))';
CREATE FUNCTION trap() RETURNS int LANGUAGE wasm AS '(module (func (export "trap") (result i32) unreachable))';
CREATE FUNCTION recursion() RETURNS int LANGUAGE wasm AS
    '(module (func $f (export "recursion") (result i32) (i32.add (call $f) (i32.const 1))))';
-- a function that nobody has compiled, of so many instructions
CREATE SEQUENCE number;
CREATE FUNCTION fresh(size int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    n int := nextval('number');
BEGIN
    EXECUTE format('CREATE FUNCTION fresh%s() RETURNS int LANGUAGE wasm AS %L', n, format('(module (memory 1) (func (export "fresh%s") (result i32)
        (i32.const %s) %s (i32.const %s) (i32.div_u)))', n, n, repeat('(i32.const 1) (i32.mul) ', size), n));
    EXECUTE format('SELECT fresh%s()', n) INTO n;
    RETURN n;
END
$$;
SQL
)
# Each statement, and its result if nothing is short.
battery=(
    "SELECT good(21)" 42
    "SELECT thrown()" 1
    "SELECT length(echo(repeat('x', 5000000)))" 5000000
    "SELECT cardinality(echo_all(array_fill('x'::text, ARRAY[500])))" 500
    "SELECT count(*) FROM echo_rows(array_fill('x'::text, ARRAY[500]))" 500
    "SELECT filled()" 7
    "SELECT tabled()" 3000001
    "SELECT objects()" 300000
    "SELECT trap()" "ERROR:  38000"
    "SELECT recursion()" "ERROR:  54001"
    "SELECT fresh(10)" 1
    "SELECT fresh(2000)" 1
)

# goes_on NAME SESSION [STATES]: everything works, or is an error with one of those SQLSTATEs; the session survives.
# Sets $short to the errors.
goes_on() {
    local i found wrong="" states=${3:-53200} pid
    short=""
    for ((i = 0; i < ${#battery[@]}; i += 2)); do
        found=$(ask "$2" "${battery[i]}" 2>&1)
        if [[ $found == "${battery[i + 1]}" ]]; then continue; fi
        if [[ $found =~ ^ERROR:\ \ ($states)$ ]]; then
            short+=" ${found#ERROR:  }"
        else
            wrong+="${battery[i]}: $found"$'\n'
        fi
    done
    pid=$(ask "$2" "SELECT pg_backend_pid()" 2>&1)
    [[ $pid == "$(pid "$2")" ]] || wrong+="the session has ended: $pid"
    is "$1" "$wrong" ""
}
works() { # works NAME SESSION: everything works
    goes_on "$1" "$2"
    is "$1: nothing is short" "$short" ""
}
leave() { exec {session_in[$1]}>&-; } # ends the session
size_of() { awk -v key="$2:" '$1 == key { printf "%d", $2 * 1024 }' "/proc/$(pid "$1")/status"; }

cluster_start -c max_connections=220
sql "$functions"
session s
works "enough of everything" s

if command -v prlimit >/dev/null; then
    limited_to() { server prlimit --pid "$(pid "$1")" "${@:2}"; }

    # Address space, and data. An instance takes 4 GB of address space. The limits begin with no more than is in use.
    # Guests that are refused memory trap; a library that cannot be loaded is 58P01.
    for warm in "" "SELECT good(1), thrown(), filled(), length(echo('x'))"; do
        for limit in as:VmSize:"0 200 1000 5000 100000 4190000 4250000 4330000 5000000" \
            data:VmData:"0 100 200 300 400 600 800 1000 1500 2000 3000 4000 4200 5000 7000 10000 20000 50000 100000"; do
            IFS=: read -r resource field steps <<<"$limit"
            for more in $steps; do
                session short
                [[ -z $warm ]] || ask short "$warm" >/dev/null
                limited_to short --"$resource"=$(($(size_of short "$field") + more * 1024)):
                goes_on "$resource: $more kB more${warm:+, warm}" short "53200|38000|58P01"
                limited_to short --"$resource"=unlimited:
                works "$resource: $more kB more${warm:+, warm}: then enough" short
                leave short
            done
        done

        # File descriptors: 53000, from PostgreSQL too.
        for limit in 0 {9..24..3}; do
            session short
            [[ -z $warm ]] || ask short "$warm" >/dev/null
            limited_to short --nofile="$limit":
            goes_on "$limit file descriptors${warm:+, warm}" short "53000"
            limited_to short --nofile="$(ulimit -n)":
            works "$limit file descriptors${warm:+, warm}: then enough" short
            leave short
        done
    done

    # Processes: what has to be compiled is an error, the rest works. Root may have any number of processes.
    session short
    limited_to short --nproc=0:
    if ((EUID == 0)) || [[ $server_user != root ]]; then
        goes_on "no process" short "53000"
        is "no process: nothing to compile with" "$short" " 53000 53000"
    fi
    limited_to short --nproc=unlimited: 2>/dev/null || limited_to short --nproc="$(ulimit -u)":
    works "no process: then enough" short
    leave short
else
    echo "# there is no prlimit: skipped"
fi

# A full disk, as far as a session may fill it.
ask s "SET temp_file_limit = '1MB'; SET work_mem = '64kB'" >/dev/null
is "no room for temporary files" "$(ask s "SELECT count(*) FROM echo_rows(array_fill(repeat('x', 10000), ARRAY[500]))")" "ERROR:  53400"
works "no room for temporary files: the rest" s
is "room for temporary files" "$(ask s "RESET temp_file_limit; SELECT count(*) FROM echo_rows(array_fill(repeat('x', 10000), ARRAY[500]))")" 500

# When memory is short, the kernel should kill the compiler first. If it does, that is an error.
session victim
send victim "SELECT fresh(100000)"
for ((i = 0; i < 1000; i++)); do
    compiler=$(cat "/proc/$(pid victim)/task/$(pid victim)/children")
    if [[ -n $compiler && $(cat "/proc/${compiler% }/oom_score_adj" 2>/dev/null) == 1000 ]]; then break; fi
    sleep 0.01
done
is "the compiler goes first" "$((i < 1000))" 1
server kill -9 "${compiler% }"
is "the compiler is killed" "$(answer victim)" "ERROR:  58000"
works "the compiler is killed: then enough" victim

# Many sessions at once, each with code that nobody has compiled.
connections=200
for ((i = 0; i < connections; i++)); do
    sql "SELECT fresh(1500), good($i), length(echo(repeat('x', 100000)))" >"$CLUSTER/answer.$i" 2>&1 &
    many[i]=$!
done
for ((i = 0; i < connections; i++)); do wait "${many[i]}" || true; done
wrong=""
for ((i = 0; i < connections; i++)); do
    [[ $(cat "$CLUSTER/answer.$i") == "1|$((2 * i))|100000" ]] || wrong+="$i: $(cat "$CLUSTER/answer.$i")"$'\n'
done
is "$connections connections at once" "$wrong" ""

# A stack of the least size that PostgreSQL accepts: guests that use theirs up, and compilation, at every depth.
sql "$(cat <<'SQL'
CREATE FUNCTION deeper(n int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        PERFORM recursion();
    EXCEPTION WHEN statement_too_complex THEN
    END;
    PERFORM fresh(10), good(1), thrown(), echo('x');
    RETURN deeper(n + 1);
EXCEPTION WHEN statement_too_complex THEN
    RETURN n;
END
$$
SQL
)"
cluster_ctl -m fast stop >/dev/null
sed -i '$a max_stack_depth = 100kB' "$CLUSTER/data/postgresql.conf"
(ulimit -Ss 640 && cluster_ctl start >/dev/null)
session small
is "a stack of 640 kB" "$(awk '/Max stack/ { print $4 }' "/proc/$(pid small)/limits")" 655360
works "a stack of 640 kB: all works" small
like "a stack of 640 kB: at every depth" "$(ask small "SELECT deeper(0)")" "^[1-9][0-9]*$"
works "a stack of 640 kB: afterwards" small

# A cgroup without more memory, of version 1 or 2: the kernel kills the compiler, and no process of the server.
group='' limit=''
for limit in /sys/fs/cgroup/memory/plwasm-$$/memory.limit_in_bytes /sys/fs/cgroup/plwasm-$$/memory.max; do
    mkdir "${limit%/*}" 2>/dev/null || continue
    if echo $((300 << 20)) 2>/dev/null >"$limit"; then
        group=${limit%/*}
        break
    fi
    rmdir "${limit%/*}"
done
if [[ -n $group ]]; then
    trap 'cluster_cleanup; rmdir "$group"' EXIT
    sql "SET check_function_bodies = off; CREATE FUNCTION bomb() RETURNS wasm.module LANGUAGE wasm AS '$(
        python3 -B "$(dirname "$0")/bombs.py" blocks | base64 -w 0)'"
    cluster_ctl -m fast stop >/dev/null
    (echo "$BASHPID" >"$group/cgroup.procs" && cluster_ctl start >/dev/null)
    session walled
    like "a cgroup of 300 MB: a module that takes more to compile" "$(ask walled "SELECT wasm.compile('bomb')" 2>&1)" "^ERROR:  58000"
    works "a cgroup of 300 MB: all works" walled
    cluster_ctl -m fast stop >/dev/null
    cluster_ctl start >/dev/null
    rmdir "$group"
    trap cluster_cleanup EXIT
else
    echo "# no cgroup can be made: skipped"
fi

# A kernel that promises no more memory than it has. It may promise 8 GB more than now, for the sake of other
# processes.
accounting=/proc/sys/vm/overcommit
if [[ ${OVERCOMMIT:-0} == 1 && -w ${accounting}_memory && $(<${accounting}_memory) != 2 ]]; then
    before=("$(<${accounting}_memory)" "$(<${accounting}_ratio)" "$(<${accounting}_kbytes)")
    restore() {
        echo "${before[0]}" >${accounting}_memory
        # Writing one of the two sets the other to 0.
        if ((before[2])); then echo "${before[2]}" >${accounting}_kbytes; else echo "${before[1]}" >${accounting}_ratio; fi
    }
    trap 'restore; cluster_cleanup' EXIT
    awk '/Committed_AS/ { print $2 + 8388608 }' /proc/meminfo >${accounting}_kbytes
    echo 2 >${accounting}_memory
    session strict
    works "strict accounting of memory" strict
    for i in {1..20}; do
        session "strict$i"
        works "strict accounting of memory: session $i" "strict$i"
    done
    restore
    trap cluster_cleanup EXIT
else
    echo "# strict accounting of memory is the whole machine's: skipped, as OVERCOMMIT=1 was not said, or cannot be set"
fi
finish

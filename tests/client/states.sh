#!/usr/bin/env bash
# Tests pristine states in the code cache: a warm-up runs once for all sessions, in a process of its own; a damaged file
# is discarded and made again; without the cache or the command each session runs the warm-up; whatever ends the process
# ends no session.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/session.bash"
. "$(dirname "$0")/command.bash"

cluster_start
cache=$CLUSTER/data/plwasm_cache
# The warm-up takes 5,000,000 units of fuel. A session that may use 1,000 in a statement cannot run it.
sql "CREATE EXTENSION plwasm;
CREATE FUNCTION lazy() RETURNS wasm.module LANGUAGE wasm AS \$\$
(module
  (memory (export \"memory\") 1)
  (global \$ready (mut i32) (i32.const 0))
  (func \$build (local \$n i32)
    (local.set \$n (i32.const 1000000))
    (loop \$next (br_if \$next (local.tee \$n (i32.sub (local.get \$n) (i32.const 1)))))
    (i32.store (i32.const 8) (i32.const 7))
    (global.set \$ready (i32.const 1)))
  (func (export \"get\") (param i32) (result i32)
    (if (i32.eqz (global.get \$ready)) (then (call \$build)))
    (i32.add (local.get 0) (i32.load (i32.const 8))))
  (func (export \"set\") (param i32) (i32.store (i32.const 8) (local.get 0)) (global.set \$ready (i32.const 1)))
  (func (export \"loops\") (loop (br 0)))
  (func (export \"fills\") (result i32) (local i32)
    (drop (memory.grow (i32.const 500)))
    (loop
      (i32.store (local.get 0) (i32.const -1))
      (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 4))) (i32.shl (memory.size) (i32.const 16)))))
    (i32.const 0)))\$\$"
warmed="CREATE FUNCTION warmed(int) RETURNS int LANGUAGE wasm PARALLEL SAFE AS \$\$lazy#get warm=get(1)\$\$"
count=$(compilers)
sql "$warmed"
is "CREATE FUNCTION makes the state" "$(($(compilers) - count))" 1
states() { sql "SELECT count(*) FROM wasm.code_cache WHERE isolation IS NULL"; }
is "it is in the cache" "$(states)" 1
frugal="SET plwasm.statement_fuel = 1000; SELECT warmed(1)"
is "another session does not run the warm-up" "$(sql "$frugal")" 8
command_is_missing
is "nor does it need the command" "$(sql "$frugal")" 8
succeeds "the server restarts" cluster_ctl restart
is "nor is it run after a restart" "$(sql "$frugal")" 8
command_does 'exec "$real" "$@"'
is "the results of two sessions do not mix" "$(sql "CREATE FUNCTION three(int) RETURNS int LANGUAGE wasm AS \$\$lazy#get warm=set(3)\$\$;
    SELECT three(0), warmed(0), three(1), warmed(1)") $(sql "SELECT warmed(0), three(0)")" "3|7|4|8 7|3"
is "with isolation=statement the same state is the beginning" "$(sql "CREATE FUNCTION kept(int) RETURNS int LANGUAGE wasm AS
    \$\$lazy#get warm=get(1) isolation=statement\$\$"; sql "SET plwasm.statement_fuel = 1000; SELECT kept(1), kept(2)")" "8|9"

# Many sessions want it at once.
sql "SELECT wasm.prune_code_cache(0), wasm.compile('lazy')" >/dev/null
command_does 'sleep 1; exec "$real" "$@"'
sessions=(one two three four five six)
for name in "${sessions[@]}"; do session "$name"; done
count=$(compilers)
for name in "${sessions[@]}"; do send "$name" "SELECT warmed(1)"; done
is "all sessions get it" "$(for name in "${sessions[@]}"; do answer "$name"; done | sort | uniq -c | tr -s ' ')" " 6 8"
is "one process has made it" "$(($(compilers) - count))" 1
command_does 'exec "$real" "$@"'

# A file in the directory is wrong.
damaged() { # damaged NAME WHY SHELL, where $1 is the file and $2 that of another state
    local name=$1 why=$2 shell=$3 file other lines count
    sql "SELECT warmed(1), three(1)" >/dev/null
    file=$(server find "$cache" -name "*.$warmed_tag.*") other=$(server find "$cache" -name '*.w*' ! -name "*.$warmed_tag.*")
    lines=$(wc -l <"$CLUSTER/log") count=$(compilers)
    server sh -c "$shell" sh "$file" "$other"
    is "$name: the function works" "$(sql "SELECT warmed(1)")" 8
    is "$name: the state is made anew" "$(($(compilers) - count))" 1
    is "$name: what the log reports" "$(tail -n "+$((lines + 1))" "$CLUSTER/log" | grep ' LOG: ' | sed 's/.*LOG: *//')" \
        "${why:+discarding \"$file\" of the code cache: $why}"
    is "$name: then no session runs the warm-up" "$(sql "$frugal")" 8
}
sql "SELECT wasm.prune_code_cache(0)" >/dev/null
sql "SELECT warmed(1)" >/dev/null
warmed_tag=$(server find "$cache" -name '*.w*' -printf '%f\n' | cut -d. -f2)
checksum="its checksum does not match"
damaged "a byte of memory" "$checksum" 'printf x | dd of="$1" bs=1 seek=9 conv=notrunc status=none'
damaged "a file cut short" "$checksum" 'truncate -s 4000 "$1"'
damaged "an empty file" "it is 0 bytes long" ': >"$1"'
damaged "a symbolic link" "it is a symbolic link" 'mv "$1" "$CLUSTER/data/moved"; ln -s ../moved "$1"'
damaged "a file that all may read" "users other than the server's have access to it" 'chmod 644 "$1"'
damaged "a file of code" "it is malformed: Serde Deserialization Error" 'cat "$(dirname "$1")"/*.call.* >"$1"'
# The name of a file has only a part of the name of the state, so another state there is no damage.
damaged "another state" "" 'cp "$2" "$1"'

# Where no file can hold it, a process makes it for each session. Without the command, each session runs the warm-up.
sql "LOAD 'plwasm'; ALTER SYSTEM SET plwasm.code_cache_size = 0; SELECT pg_reload_conf()" >/dev/null
sleep 1
count=$(compilers)
is "without a cache the function works" "$(sql "SELECT warmed(1), three(1)") $(sql "$frugal")" "8|4 8"
is "and each session has processes compile the code and make the states" "$(($(compilers) - count))" 5
sql "LOAD 'plwasm'; ALTER SYSTEM RESET plwasm.code_cache_size; SELECT pg_reload_conf()" >/dev/null
sleep 1
sql "SELECT wasm.prune_code_cache(0), wasm.compile('lazy')" >/dev/null
command_is_missing
is "without the command it works, too" "$(sql "SELECT warmed(1), three(1)")" "8|4"
like "and a session runs the warm-up" "$(sql "$frugal" 2>&1)" "statement exceeded its fuel limit"
command_does 'exec "$real" "$@"'

# Ends of the process.
raises "a warm-up that loops is an error of CREATE FUNCTION" 54000 \
    "CREATE FUNCTION looping(int) RETURNS int LANGUAGE wasm AS \$\$lazy#get warm=loops()\$\$"
raises "it can be cancelled by a timeout" 57014 "SET statement_timeout = '200ms'; SET plwasm.fuel = 0;
    CREATE FUNCTION looping(int) RETURNS int LANGUAGE wasm AS \$\$lazy#get warm=loops()\$\$"
raises "it has the compiler's time" 54000 "SET plwasm.fuel = 0; SET plwasm.compiler_time = '1s';
    CREATE FUNCTION looping(int) RETURNS int LANGUAGE wasm AS \$\$lazy#get warm=loops()\$\$"
is "a warm-up that fills its memory leaves a large state" "$(sql "CREATE FUNCTION filled(int) RETURNS int LANGUAGE wasm AS
    \$\$lazy#get warm=fills()\$\$; SELECT filled(1)"; sql "SELECT filled(1), max(size) > 30e6 FROM wasm.code_cache
    WHERE isolation IS NULL")" $'8\n8|t'
command_does 'kill -9 $$'
raises "if the process is killed, the error says so" 58000 "SELECT wasm.prune_code_cache(0); SELECT warmed(1)"
command_does 'echo nonsense; exit 0'
raises "so it does if the process writes nonsense" XX000 "SELECT warmed(1)"
command_does 'exec "$real" "$@"'
is "then the function works" "$(sql "SELECT warmed(1)")" 8
is "the server was not restarted" "$(grep -c 'database system is ready' "$CLUSTER/log")" 2

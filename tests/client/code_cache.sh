#!/usr/bin/env bash
# Tests the code cache of a server: code that was compiled once is not compiled again, whoever asks for it; a damaged
# or foreign file in its directory is discarded, and the code compiled again; how much is kept; who may see and prune
# it; standbys and backups.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/session.bash"
. "$(dirname "$0")/command.bash"

cluster_start -c wal_level=replica -c max_wal_senders=4 -c hot_standby=on
primary=$CLUSTER
cache=$CLUSTER/data/plwasm_cache

setup=$(cat <<'SQL'
CREATE EXTENSION plwasm;
CREATE FUNCTION small(i int) RETURNS int LANGUAGE wasm PARALLEL SAFE AS
    '(module (func (export "small") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))';
SELECT wasm.create_module('m', big(5, 100));
CREATE FUNCTION large(int) RETURNS int LANGUAGE wasm PARALLEL SAFE AS 'm#f';
SQL
)
sql "$(<"$(dirname "$0")/big.sql") $setup" >/dev/null

files() { server find "$cache" -type f -printf '%i %f\n' | sort -k 2; }
good="SELECT small(21), large(37)"

# Every session finds the stored code.
is "the directory is the server's own" "$(server stat -c '%a %U' "$cache")" "700 $server_user"
is "so are its files" "$(server find "$cache" -type f -printf '%m %u\n' | sort -u)" "600 $server_user"
is "CREATE compiles, and each module once" "$(files | wc -l) $(compilers)" "2 2"
before=$(files)
is "it works" "$(sql "$good; $good")" $'42|42\n42|42'
command_is_missing
is "a new connection compiles nothing" "$(sql "$good") $(files)" "42|42 $before"
sql "CREATE DATABASE other"
sql "$(<"$(dirname "$0")/big.sql") $setup" -d other >/dev/null
is "nor does another database" "$(sql "SELECT large(37)" -d other) $(files | grep -cFx "$before")" "42 2"
is "nor another function with the same body" "$(sql "CREATE FUNCTION again(i int) RETURNS int LANGUAGE wasm AS
    '(module (func (export \"small\") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))'; SELECT again(21)") $(files | grep -cFx "$before")" "42 2"
succeeds "the server restarts" cluster_ctl restart
is "nor does it after a restart" "$(sql "$good") $(files | grep -cFx "$before")" "42|42 2"
is "nor with the library preloaded" "$(PGOPTIONS="-c session_preload_libraries=plwasm" sql "$good")" "42|42"
echo "shared_preload_libraries = 'plwasm'" >>"$CLUSTER/data/postgresql.conf"
succeeds "the server restarts with shared_preload_libraries" cluster_ctl restart
is "nor with it in the postmaster" "$(sql "$good") $(files | grep -cFx "$before")" "42|42 2"
sed -i '$d' "$CLUSTER/data/postgresql.conf"
succeeds "the server restarts without" cluster_ctl restart
command_does 'exec "$real" "$@"'

# Isolation: other code.
session one
session two
is "code for isolation=statement is compiled separately" "$(ask one "CREATE FUNCTION keeping(int) RETURNS int LANGUAGE wasm
    AS 'm#f isolation=statement'; SELECT keeping(37)") $(ask two "SELECT keeping(37), large(37)") $(compilers)" "42 42|42 3"
is "both are kept" "$(sql "SELECT isolation, count(*) FROM wasm.code_cache WHERE size > 20000 GROUP BY 1 ORDER BY 1")" $'call|1\nstatement|1'

# wasm.compile()
server rm -r "$cache"
is "removed code is compiled only by sessions that have not loaded it" "$(ask two "SELECT large(37)") $(compilers) $(sql "SELECT large(37)") $(compilers)" "42 3 42 4"
server find "$cache" -type f -delete
size=$(sql "SELECT wasm.compile('m')")
is "wasm.compile() compiles a module" "$(compilers) $(files | wc -l) $(server stat -c %s "$cache"/*)" "5 1 $size"
is "the compiled code is in the cache" "$(sql "SELECT wasm.compile('m') = $size, large(37)") $(compilers)" "t|42 5"
like "it compiles a function" "$(sql "SELECT wasm.compile('small'), wasm.compile('keeping')") $(compilers)" "^[1-9][0-9]{3,4}\|[1-9][0-9]{4,5} 7$"
is "and nothing that is null" "$(sql "SELECT wasm.compile(NULL) IS NULL")" t
raises "and nothing of another language" 42809 "SELECT wasm.compile('now')"
raises "and nothing that is not there" 42883 "SELECT wasm.compile('nothing')"

# Parallel workers, all of which want it at once.
sql "CREATE TABLE t AS SELECT i FROM generate_series(1, 20000) i; ANALYZE t"
server rm -r "$cache"
command_does 'sleep 1; exec "$real" "$@"'
before=$(compilers)
is "parallel workers share both" "$(sql "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
    SET min_parallel_table_scan_size = 0; SELECT sum(large(i)), sum(small(i)) FROM t") $(($(compilers) - before))" \
    "200110000|400020000 2"
is "of each one is kept" "$(files | wc -l)" 2
command_does 'exec "$real" "$@"'

# A file in the directory is wrong: damaged NAME WHY SHELL, where $1 is the file and $2 another one.
damaged() {
    local name=$1 why=$2 shell=$3 file other lines count
    file=$(server find "$cache" -size +60 -name '*.call.*' | head -n 1)
    other=$(server find "$cache" -size -60 -name '*.call.*' | head -n 1)
    lines=$(wc -l <"$CLUSTER/log") count=$(compilers)
    case $name in
    *owner*) sh -c "$shell" sh "$file" "$other" ;;
    *) server sh -c "$shell" sh "$file" "$other" ;;
    esac
    is "$name: the function works" "$(sql "$good")" "42|42"
    is "$name: it is compiled anew" "$(($(compilers) - count))" 1
    like "$name: the log reports it" "$(tail -n "+$((lines + 1))" "$CLUSTER/log" | grep ' LOG: ' | sed 's/.*LOG: //')" \
        "^ *discarding \"$file\" of the code cache: $why$"
    is "$name: and once" "$(sql "$good") $(($(compilers) - count)) $(server stat -c '%a %U %F' "$file")" \
        "42|42 1 600 $server_user regular file"
}
checksum="its checksum does not match"
damaged "a byte" "$checksum" 'printf x | dd of="$1" bs=1 seek=7777 conv=notrunc status=none'
damaged "a file cut short" "$checksum" 'truncate -s 5000 "$1"'
damaged "an empty file" "it is 0 bytes long" ': >"$1"'
damaged "zeros" "$checksum" 'size=$(stat -c %s "$1"); head -c "$size" /dev/zero >"$1"'
damaged "a file of another module" "it belongs to another module" 'cp "$2" "$1"'
damaged "a symbolic link" "it is a symbolic link" 'mv "$1" "$CLUSTER/data/moved"; ln -s ../moved "$1"'
damaged "a FIFO" "it is not a regular file" 'rm "$1"; mkfifo -m 600 "$1"'
damaged "a file that all may read" "users other than the server's have access to it" 'chmod 644 "$1"'
damaged "a file that the group may write" "users other than the server's have access to it" 'chmod 660 "$1"'
[[ $EUID -ne 0 ]] ||
    damaged "another owner's file" "users other than the server's have access to it|Permission denied.*" 'chmod 644 "$1"; chown nobody "$1"'
server find "$cache" -name '*.x' -delete

server chmod 777 "$cache"
before=$(files)
is "a directory that all can write to is not used" "$(sql "$good") $(files)" "42|42 $before"
like "the log reports it" "$(tail -n 3 "$CLUSTER/log")" "the code cache \"$cache\" is not used: users other than the server's have access"
server chmod 700 "$cache"

# How much is kept.
setting() {
    sql "LOAD 'plwasm'; ALTER SYSTEM SET plwasm.code_cache_size = '$1'; SELECT pg_reload_conf()" >/dev/null
    for ((i = 0; i < 100; i++)); do
        if [[ $(ask two "SHOW plwasm.code_cache_size") == "$1" ]]; then break; fi
        sleep 0.1
    done
    is "a reload sets it to $1" "$((i < 100))" 1
}
raises "it is the server's setting" 55P02 "SELECT small(1); SET plwasm.code_cache_size = '1GB'"
sql "SELECT wasm.prune_code_cache(0)" >/dev/null
is "all of it can be pruned" "$(sql "SELECT count(*) FROM wasm.code_cache") $(files)" "0 "
setting 0
is "without a cache functions work" "$(sql "$good; SELECT wasm.compile('m') IS NULL") $(files)" $'42|42\nt '
setting 256kB
sql "SELECT wasm.create_module('m' || i, big(i, 100)) FROM generate_series(1, 6) i" >/dev/null
is "files beyond the limit are removed" "$(sql "SELECT count(*), sum(size) BETWEEN 100e3 AND 250 * 1024 FROM wasm.code_cache")" "2|t"
is "the least recently used file is removed" "$(sql "SELECT string_agg(name, ', ' ORDER BY name) FROM wasm.code_cache AS c,
    (SELECT i, 'm' || i AS name, encode(sha256(big(i, 100)), 'hex') AS sha256 FROM generate_series(1, 6) i) AS m
    WHERE m.sha256 = c.sha256")" "m5, m6"
sql "SELECT wasm.create_module('larger', big(9, 1000))" >/dev/null
is "code larger than the whole cache is not kept" "$(sql "SELECT count(*), max(size) < 250 * 1024 FROM wasm.code_cache")" "2|t"
sql "CREATE FUNCTION larger(int) RETURNS int LANGUAGE wasm AS 'larger#f'"
is "but works" "$(sql "SELECT larger(33)")" 42
setting 1GB
is "and is kept where there is room" "$(sql "SELECT larger(33); SELECT count(*) FROM wasm.code_cache")" $'42\n3'
is "it is pruned to a size" "$(sql "SELECT max(size) AS size FROM wasm.code_cache \\gset
    SELECT wasm.prune_code_cache(:size) > 90000;
    SELECT count(*), sum(size) = :size FROM wasm.code_cache; SELECT wasm.prune_code_cache(:size)")" $'t\n1|t\n0'

# Privileges.
sql "CREATE ROLE alice LOGIN; CREATE ROLE monitor LOGIN IN ROLE pg_monitor;
    REVOKE EXECUTE ON FUNCTION m() FROM PUBLIC; GRANT CREATE ON SCHEMA public TO alice"
raises "others do not see the code cache" 42501 "SELECT * FROM wasm.code_cache" -U alice
raises "nor its function" 42501 "SELECT * FROM wasm.code_cache_entries()" -U alice
raises "nor prune it" 42501 "SELECT wasm.prune_code_cache()" -U alice
raises "pg_monitor does not prune it" 42501 "SELECT wasm.prune_code_cache()" -U monitor
is "but sees it" "$(sql "SELECT count(*) = $(files | grep -c call) FROM wasm.code_cache" -U monitor)" t
is "any role sees what its session has in memory" "$(sql "SELECT small(1); SELECT object FROM wasm.backend_memory ORDER BY 1" -U alice)" $'2\ncode\ninstance'
is "any role compiles functions that it may call" "$(sql "SELECT wasm.compile('small') > 0" -U alice)" t
raises "and nothing else" 42501 "SELECT wasm.compile('m')" -U alice
raises "a negative size" 22023 "SELECT wasm.prune_code_cache(-1)"

# A backup, while files come and go. Its contents serve the standby.
sql "SELECT wasm.prune_code_cache(0); SELECT wasm.compile('m'), wasm.compile('small')" >/dev/null
server touch "$CLUSTER/before"
for i in {100..130}; do
    sql "SELECT wasm.create_module('b', big($i, 60), true)"
    server find "$cache" -type f -newer "$CLUSTER/before" -name '*.call.*' -delete
done &>/dev/null &
writer=$!
standby=$(scratch cluster)
clusters+=("$standby")
[[ $EUID -ne 0 ]] || chown "$server_user" "$standby"
succeeds "pg_basebackup" server "$PLWASM_STAGE/bin/pg_basebackup" -h "$primary" -U postgres -D "$standby/data" -R --checkpoint=fast --no-sync
succeeds "pg_verifybackup" server "$PLWASM_STAGE/bin/pg_verifybackup" -n "$standby/data"
wait "$writer"
echo "unix_socket_directories = '$standby'" >>"$standby/data/postgresql.conf"
cluster_use "$standby"
cache=$CLUSTER/data/plwasm_cache
cluster_ctl start >/dev/null
before=$(files)
command_is_missing
is "a standby uses the code in the backup" "$(sql "SELECT pg_is_in_recovery(); $good") $(files)" $'t\n'"42|42 $before"
command_does 'exec "$real" "$@"'
sql "SELECT wasm.create_module('later', big(7, 100)); SET synchronous_commit = remote_apply;
    CREATE FUNCTION later(int) RETURNS int LANGUAGE wasm AS 'later#f'" -h "$primary" >/dev/null
count=$(compilers)
eventually "functions that are created later arrive" "SELECT to_regprocedure('later(int)') IS NOT NULL"
is "it compiles functions that were created later" "$(sql "SELECT later(35)") $(($(compilers) - count))" "42 1"
is "for itself, and once" "$(sql "SELECT later(35)") $(($(compilers) - count)) $(files | grep -c call)" \
    "42 1 $(($(grep -c call <<<"$before") + 1))"
is "it can be pruned" "$(sql "SELECT wasm.prune_code_cache(0) > 0; SELECT count(*) FROM wasm.code_cache")" $'t\n0'
is "that of the primary is its own" "$(sql "SELECT count(*) > 0 FROM wasm.code_cache" -h "$primary")" t
is "and it is filled again" "$(sql "$good; SELECT wasm.compile('small') > 0; SELECT count(*) FROM wasm.code_cache")" $'42|42\nt\n2'
unharmed
cluster_use "$primary"
finish

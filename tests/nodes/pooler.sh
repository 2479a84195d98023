#!/usr/bin/env bash
# Tests pgbouncer in transaction mode: clients share a session of the server, and change it between transactions. State, settings
# and budgets are then as the pages say.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/../client/session.bash"

PATH=$PATH:/usr/sbin
if ! command -v pgbouncer >/dev/null; then
    echo "skipped pgbouncer: it is not installed"
    exit
fi
cluster_start
sql "$(cat <<'SQL'
CREATE EXTENSION plwasm;
CREATE FUNCTION counter() RETURNS wasm.module LANGUAGE wasm AS '(module
    (global $n (mut i32) (i32.const 0))
    (func (export "next") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))';
CREATE FUNCTION running() RETURNS int LANGUAGE wasm VOLATILE AS 'counter#next isolation=statement';
CREATE FUNCTION once() RETURNS int LANGUAGE wasm VOLATILE AS 'counter#next';
-- 5 n + 1 units
CREATE FUNCTION spin(n int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT AS '(module
    (func (export "spin") (param i32) (result i32)
        (loop $next (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)))';
CREATE ROLE poor LOGIN;
ALTER ROLE poor SET plwasm.statement_fuel = 1000;
SQL
)"

# One session of the server for all clients of a user
pooler_dir=$(scratch pooler)
printf '"%s" ""\n' postgres poor >"$pooler_dir/users"
cat >"$pooler_dir/pgbouncer.ini" <<INI
[databases]
* = host=$CLUSTER port=5432
[pgbouncer]
unix_socket_dir = $pooler_dir
listen_port = 6432
auth_type = trust
auth_file = $pooler_dir/users
pool_mode = transaction
default_pool_size = 1
INI
chmod -R a+rX "$pooler_dir"
[[ $EUID -ne 0 ]] || chown "$server_user" "$pooler_dir"
# without `server`, whose shell would be what is ended
"${drop_root[@]}" pgbouncer -q "$pooler_dir/pgbouncer.ini" >"$pooler_dir/log" 2>&1 &
pooler=$!
trap '{ kill "$pooler" && wait "$pooler"; } || true; rm -rf "$pooler_dir"; cluster_cleanup' EXIT
pooled=(-h "$pooler_dir" -p 6432)
eventually "pgbouncer runs" "SELECT true" "${pooled[@]}"
session one "${pooled[@]}"
session two "${pooled[@]}"
is "two clients share a session" "$(ask one "SELECT pg_backend_pid()")" "$(ask two "SELECT pg_backend_pid()")"

# State lives as long as a query.
is "state: within a query" "$(ask one "SELECT array_agg(running()) FROM generate_series(1, 3)")" "{1,2,3}"
is "state: another client has its own" "$(ask two "SELECT running(), once()")" "1|1"
ask one "BEGIN; DECLARE c CURSOR FOR SELECT running() FROM generate_series(1, 4)" >/dev/null
is "state: of a cursor" "$(ask one "FETCH 2 FROM c")" $'1\n2'
send two "SELECT running()"
is "state: it goes on, while the other client waits" "$(ask one "FETCH 2 FROM c; COMMIT")" $'3\n4'
is "state: the other client" "$(answer two)" 1

# Settings belong to the session, which the next client gets.
ask one "SET plwasm.fuel = 100" >/dev/null
is "SET stays in the session: another client has it" "$(ask two "SHOW plwasm.fuel; SELECT spin(100)")" $'100\nERROR:  54000'
ask two "DISCARD ALL" >/dev/null
is "DISCARD ALL puts settings back" "$(ask one "SHOW plwasm.fuel; SELECT spin(100)")" $'1e+09\n0'
is "SET LOCAL ends with the transaction" "$(ask one "BEGIN; SET LOCAL plwasm.fuel = 100; SELECT spin(100); ROLLBACK"
    ask two "SHOW plwasm.fuel; SELECT spin(100)")" $'ERROR:  54000\n1e+09\n0'
is "settings of a function hold for all" "$(ask one "ALTER FUNCTION spin SET plwasm.fuel = 200; SELECT spin(100)"; ask two "SELECT spin(100)"
    ask two "ALTER FUNCTION spin RESET plwasm.fuel")" $'ERROR:  54000\nERROR:  54000'

# Budgets: of a statement, and of a transaction, whoever had the session before.
budget="SET LOCAL plwasm.transaction_fuel = 1000"
is "a transaction's budget" "$(ask one "BEGIN; $budget; SELECT spin(100), spin(101); ROLLBACK")" "ERROR:  54000"
is "begins anew for each client" "$(for who in one two one; do ask $who "BEGIN; $budget; SELECT spin(150); COMMIT"; done)" $'0\n0\n0'
session poor "${pooled[@]}" -U poor -d postgres
is "a role's own budget" "$(ask poor "SELECT spin(100); "; ask poor "SELECT spin(300)")" $'0\nERROR:  54000'
is "is not that of others" "$(ask one "SELECT spin(300)")" 0
is "nor taken from the role by DISCARD ALL" "$(ask poor "DISCARD ALL; "; ask poor "SELECT spin(300)")" "ERROR:  54000"

# What a session keeps is found by the next client, and nothing more.
is "DISCARD ALL, then calls" "$(ask one "DISCARD ALL"; ask two "SELECT running(), once(), spin(7)")" "1|1|0"
is "a module replaced by one client" "$(ask one "CREATE OR REPLACE FUNCTION counter() RETURNS wasm.module LANGUAGE wasm AS
    '(module (func (export \"next\") (result i32) (i32.const 42)))'"; ask two "SELECT running(), once()")" "42|42"
is "an error of one client" "$(ask one "SELECT spin(1000000000)"; ask two "SELECT spin(7)")" $'ERROR:  54000\n0'

# pgbouncer passes no options of a connection.
like "options of a connection are refused" "$(sql "SELECT 1" -d "host=$pooler_dir port=6432 options='-c plwasm.fuel=100'" 2>&1 || true)" \
    "FATAL:  unsupported startup parameter: options"
finish

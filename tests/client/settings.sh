#!/usr/bin/env bash
# Tests settings that roles without superuser privileges store with functions, roles and databases, in sessions in
# which the library is loaded or not. Also tests the privilege that allows it, which applies to all databases.
. "$(dirname "$0")/../lib/client.sh"

cluster_start
sql "CREATE ROLE alice LOGIN CREATEDB"
user="plwasm.backtrace plwasm.explain plwasm.fuel plwasm.guest_messages plwasm.isolation plwasm.memory plwasm.statement_fuel"
user+=" plwasm.transaction_fuel"
granted="SELECT string_agg(parname, ' ' ORDER BY parname COLLATE \"C\") FROM pg_parameter_acl WHERE parname LIKE 'plwasm.%'
    AND has_parameter_privilege('public', parname, 'SET') AND NOT has_parameter_privilege('public', parname, 'ALTER SYSTEM')"

# The extension is trusted: the owner of a database creates it.
sql "CREATE DATABASE first" -U alice -d postgres
is "no privileges before" "$(sql "$granted")" ""
sql "CREATE EXTENSION plwasm VERSION '0.2.0'" -d first -U alice
raises "without the update" 42501 "CREATE FUNCTION four() RETURNS int LANGUAGE wasm SET plwasm.fuel = '1e6' AS '(module (func (export \"four\") (result i32) (i32.const 4)))'" \
    -d first -U alice
sql "ALTER EXTENSION plwasm UPDATE" -d first -U alice
is "the update grants them" "$(sql "$granted")" "$user"
sql "CREATE DATABASE second" -U alice -d postgres
sql "CREATE EXTENSION plwasm" -d second -U alice
is "a second database" "$(sql "$granted")" "$user"
export PGUSER=alice PGDATABASE=first

refuses() { # refuses NAME REGEX QUERY: the query fails with an SQLSTATE that matches
    like "$1" "$(sql "$3" -v VERBOSITY=sqlstate 2>&1)" "ERROR:  $2"
}

# kept WHEN: what alice may store, each as the first statement of a session
kept() {
    local name value
    for name in $user; do
        value=1MB
        [[ $name != *fuel ]] || value=1e6
        [[ $name != *isolation ]] || value=call
        [[ $name != *backtrace ]] || value=names
        [[ $name != *explain ]] || value=on
        [[ $name != *messages ]] || value=notice
        is "$1: CREATE FUNCTION ... SET $name" "$(sql "CREATE OR REPLACE FUNCTION four() RETURNS int LANGUAGE wasm SET $name = '$value' AS
            '(module (func (export \"four\") (result i32) (i32.const 4)))'; SELECT four()")" 4
        succeeds "$1: ALTER FUNCTION ... SET $name" sql "ALTER FUNCTION four() SET $name = '$value'"
        succeeds "$1: ALTER ROLE ... SET $name" sql "ALTER ROLE alice SET $name = '$value'"
        succeeds "$1: ALTER DATABASE ... SET $name" sql "ALTER DATABASE first SET $name = '$value'"
        is "$1: $name holds" "$(sql "SELECT four(); SHOW $name")" $'4\n'"${value/1e6/1e+06}"
        sql "ALTER ROLE alice RESET $name; ALTER DATABASE first RESET $name; ALTER FUNCTION four() RESET $name"
    done
    for name in max_fuel max_statement_fuel max_transaction_fuel max_memory min_isolation wasi backend_memory max_module_size max_result_size \
        compiler_memory compiler_time log_replay log_min_fuel; do
        refuses "$1: not $name" 42501 "ALTER FUNCTION four() SET plwasm.$name = '64MB'"
    done
    refuses "$1: not what belongs to the server" "(55P02|42501)" "ALTER FUNCTION four() SET plwasm.code_cache_size = '64MB'"
    refuses "$1: nor the compiler" "(55P02|42501)" "ALTER FUNCTION four() SET plwasm.compiler = '/bin/true'"
    refuses "$1: nor what is not there" "(42501|42602|42704)" "ALTER FUNCTION four() SET plwasm.fule = 1"
}
kept "not loaded"

# A dump, restored by the database's owner, into databases with the extension and without it.
sql "CREATE OR REPLACE FUNCTION four() RETURNS int LANGUAGE wasm SET plwasm.fuel = '1e6' SET plwasm.memory = '1MB' AS
    '(module (func (export \"four\") (result i32) (i32.const 4)))'; CREATE FUNCTION m() RETURNS wasm.module LANGUAGE wasm
    SET plwasm.isolation = 'call' AS '(module (func (export \"f\") (result i32) (i32.const 5)))'; CREATE FUNCTION f() RETURNS int
    LANGUAGE wasm SET plwasm.statement_fuel = 1000 AS 'm'; CREATE TABLE made (n int DEFAULT four(), CHECK (n < f()))"
pg_dump -Fc -f "$CLUSTER/first.dump"
sql "CREATE DATABASE third; CREATE DATABASE fourth" -d postgres
sql "CREATE EXTENSION plwasm" -d fourth
for database in third fourth; do
    succeeds "pg_restore by the owner: $database" pg_restore --exit-on-error --no-owner -j 2 -d $database "$CLUSTER/first.dump"
    is "pg_restore by the owner: $database has all" "$(sql "INSERT INTO made DEFAULT VALUES RETURNING n; SELECT proname, unnest(proconfig) FROM pg_proc
        WHERE proconfig IS NOT NULL AND pronamespace = 'public'::regnamespace ORDER BY proname COLLATE \"C\", 2" -d $database)" \
        $'4\nf|plwasm.statement_fuel=1000\nfour|plwasm.fuel=1e6\nfour|plwasm.memory=1MB\nm|plwasm.isolation=call'
done

# If the extension is dropped from one database, the privileges stay for the others. Anyone who is allowed to may
# revoke them.
sql "DROP EXTENSION plwasm CASCADE" -d third
is "DROP EXTENSION leaves them" "$(sql "$granted")" "$user"
sql "CREATE EXTENSION plwasm" -d third
is "CREATE EXTENSION again" "$(sql "$granted" -d third)" "$user"
# A whole server.
pg_dumpall -U postgres --globals-only | grep -E "PARAMETER" >"$CLUSTER/globals.sql"
is "pg_dumpall has them" "$(sed -nE 's/^GRANT SET ON PARAMETER "?([a-z_.]+)"? TO PUBLIC;$/\1/p' "$CLUSTER/globals.sql" | LC_ALL=C sort | paste -sd ' ')" "$user"
for name in $user; do sql "REVOKE SET ON PARAMETER $name FROM PUBLIC" -U postgres; done
is "REVOKE" "$(sql "SELECT count(*) FROM pg_parameter_acl" -U postgres)" 0
refuses "REVOKE takes effect" 42501 "ALTER FUNCTION four() SET plwasm.fuel = 1e6"
succeeds "and none once the library is loaded" sql "SELECT four(); ALTER FUNCTION four() SET plwasm.fuel = 1e6"
succeeds "DROP EXTENSION after that" sql "DROP EXTENSION plwasm CASCADE" -d third
succeeds "pg_dumpall's are restored" sql "$(<"$CLUSTER/globals.sql")" -U postgres
is "as they were" "$(sql "$granted")" "$user"

printf '%s\n' "shared_preload_libraries = 'plwasm'" >>"$CLUSTER/data/postgresql.conf"
succeeds "restarted with the library" cluster_ctl restart
kept "preloaded"
succeeds "CREATE EXTENSION" sql "DROP EXTENSION plwasm CASCADE; CREATE EXTENSION plwasm" -d second
finish

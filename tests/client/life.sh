#!/usr/bin/env bash
# Tests a session that is in the middle of a statement, a cursor or a transaction when another session replaces,
# alters or drops the module or the function that it runs. Running code finishes as the version with which it began.
# Where PL/pgSQL would see the change, PL/Wasm does, too. Also tests two-phase commits.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/session.bash"

cluster_start -c max_prepared_transactions=2
sql "CREATE ROLE alice; CREATE ROLE bob"
session a
session b
session gate

code() { echo "'(module (func (export \"f\") (result i32) (i32.const $1)))'"; }
as_function() { echo "CREATE OR REPLACE FUNCTION life.f() RETURNS int LANGUAGE wasm AS $(code "$1");"; }
as_module() { echo "CREATE OR REPLACE FUNCTION tools.m() RETURNS wasm.module LANGUAGE wasm AS $(code "$1");"; }
as_twin() { echo "CREATE OR REPLACE FUNCTION life.twin() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';"; }
all_as() { as_function "$1"; as_module "$1"; as_twin "$1"; }

# anew: restores the state in which each case begins: f has its own code, g has its code from a module in another
# schema, and twin is a PL/pgSQL function, to compare with PostgreSQL's own behaviour.
anew() {
    ask b "SET client_min_messages = error; DROP SCHEMA IF EXISTS life, tools CASCADE; DROP EXTENSION IF EXISTS plwasm CASCADE;
        CREATE EXTENSION plwasm; CREATE SCHEMA life; CREATE SCHEMA tools; GRANT ALL ON SCHEMA life, tools TO alice, bob;
        $(all_as 1)
        CREATE FUNCTION life.g() RETURNS int LANGUAGE wasm AS 'tools.m#f';
        CREATE FUNCTION life.constant() RETURNS int LANGUAGE wasm IMMUTABLE AS 'tools.m#f';
        CREATE TABLE life.other ();
        CREATE FUNCTION life.wait() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN
            PERFORM pg_advisory_xact_lock_shared(1); PERFORM FROM life.other; RETURN true; END';
        RESET client_min_messages"
}
anew
ask a "SET search_path = life; SET plan_cache_mode = force_generic_plan;
    PREPARE p AS SELECT f(), g(), constant(); EXECUTE p" >/dev/null

# amid NAME CHANGE QUERY MEANWHILE NEXT: b makes the change while a's QUERY waits between two rows. MEANWHILE is the
# result of the query, NEXT that of p afterwards.
amid() {
    local change=$2 query=$3
    ask gate "SELECT pg_advisory_lock(1)" >/dev/null
    send a "$query"
    eventually "$1: it runs" "SELECT wait_event = 'advisory' FROM pg_stat_activity WHERE pid = $(pid a)"
    is "$1: it does not wait for that" "$(ask b "SET lock_timeout = '20s'; SET client_min_messages = error; $change")" ""
    ask gate "SELECT pg_advisory_unlock(1)" >/dev/null
    is "$1" "$(answer a)" "$4"
    is "$1: the next statement" "$(ask a "EXECUTE p")" "$5"
    anew
    is "$1: and all anew" "$(ask a "EXECUTE p")" "1|1|1"
}

# Nothing in this statement takes a lock after the change, so the session does not learn of the change.
plain="SELECT string_agg(concat_ws(' ', f(), g(), twin()), ', ') FROM generate_series(1, 3) i
    WHERE i = 1 OR pg_advisory_xact_lock_shared(1) IS NOT NULL"
same="1 1 1, 1 1 1, 1 1 1"
amid "replaced" "$(all_as 2)" "$plain" "$same" "2|2|2"
amid "replaced by code without the export" "CREATE OR REPLACE FUNCTION tools.m() RETURNS wasm.module LANGUAGE wasm AS '(module)'" \
    "$plain" "$same" "ERROR:  42883"
amid "replaced by code with another signature" "CREATE OR REPLACE FUNCTION tools.m() RETURNS wasm.module LANGUAGE wasm AS
    '(module (func (export \"f\") (param i64) (result i32) (i32.const 1)))'" "$plain" "$same" "ERROR:  42P13"
amid "replaced by another language" "CREATE OR REPLACE FUNCTION life.f() RETURNS int LANGUAGE sql AS 'SELECT 5'" \
    "$plain" "$same" "5|1|1"
amid "module renamed" "ALTER FUNCTION tools.m RENAME TO n" "$plain" "$same" "1|1|1"
amid "module moved" "ALTER FUNCTION tools.m SET SCHEMA life" "$plain" "$same" "1|1|1"
amid "its schema renamed" "ALTER SCHEMA tools RENAME TO kit; DROP SCHEMA kit CASCADE" "$plain" "$same" "ERROR:  42883"
amid "function renamed" "ALTER FUNCTION life.f RENAME TO f2" "$plain" "$same" "ERROR:  42883"
amid "EXECUTE revoked" "ALTER FUNCTION life.g OWNER TO alice; REVOKE ALL ON FUNCTION tools.m FROM PUBLIC" \
    "$plain" "$same" "ERROR:  42501"
amid "both dropped" "DROP FUNCTION life.f; DROP FUNCTION tools.m CASCADE" "$plain" "$same" "ERROR:  42883"
amid "schemas dropped" "DROP SCHEMA tools CASCADE" "$plain" "$same" "ERROR:  42883"
amid "owner's objects dropped" "ALTER FUNCTION tools.m OWNER TO bob; DROP OWNED BY bob CASCADE" "$plain" "$same" "ERROR:  42883"
amid "extension dropped" "DROP EXTENSION plwasm CASCADE" "$plain" "$same" "ERROR:  42883"
amid "extension dropped and created" "DROP EXTENSION plwasm CASCADE; CREATE EXTENSION plwasm; $(all_as 3)
    CREATE FUNCTION life.g() RETURNS int LANGUAGE wasm AS 'tools.m#f';
    CREATE FUNCTION life.constant() RETURNS int LANGUAGE wasm AS 'tools.m#f'" "$plain" "$same" "3|3|3"

# Here each row after the first reads a table. PostgreSQL processes invalidations when it locks a table.
reads="SELECT string_agg(concat_ws(' ', f(), g(), twin()), ', ') FROM generate_series(1, 3) i WHERE i = 1 OR wait()"
amid "replaced, seen" "$(all_as 2)" "$reads" "1 1 1, 2 2 2, 2 2 2" "2|2|2"
amid "a module replaced, seen" "$(as_module 2)" "$reads" "1 1 1, 1 2 1, 1 2 1" "1|2|2"
amid "no export, seen" "CREATE OR REPLACE FUNCTION tools.m() RETURNS wasm.module LANGUAGE wasm AS '(module)'" \
    "$reads" "ERROR:  42883" "ERROR:  42883"
amid "function dropped, seen" "DROP FUNCTION life.f" "$reads" "ERROR:  XX000" "ERROR:  42883"
amid "PL/pgSQL's dropped, seen" "DROP FUNCTION life.twin" "$reads" "ERROR:  XX000" "1|1|1"
amid "extension dropped, seen" "DROP EXTENSION plwasm CASCADE" "$reads" "ERROR:  XX000" "ERROR:  42883"
amid "in PL/pgSQL, seen" "$(all_as 2)" "DO 'DECLARE n text; BEGIN
        n := concat_ws('' '', f(), g(), twin()); PERFORM wait(); n := concat_ws('' '', n, f(), g(), twin());
        CREATE TEMP TABLE seen AS SELECT n; END'; TABLE seen; DROP TABLE seen" "1 1 1 2 2 2" "2|2|2"

# A cursor continues as the statement with which it began.
ask a "BEGIN; DECLARE c CURSOR FOR SELECT f(), g(), twin() FROM generate_series(1, 9);
    DECLARE held CURSOR WITH HOLD FOR SELECT f(), g(), twin() FROM generate_series(1, 2)" >/dev/null
is "a cursor" "$(ask a "FETCH c")" "1|1|1"
ask b "$(all_as 2)"
is "a cursor: replaced" "$(ask a "FETCH c")" "1|1|1"
is "a cursor: seen" "$(ask a "LOCK other IN ACCESS SHARE MODE; FETCH c")" "2|2|2"
ask b "$(all_as 3)"
is "a cursor held, which COMMIT runs" "$(ask a "COMMIT; FETCH ALL held; CLOSE held")" $'3|3|3\n3|3|3'
ask a "BEGIN; DECLARE c CURSOR FOR SELECT f(), g() FROM generate_series(1, 9); FETCH c" >/dev/null
ask b "DROP FUNCTION life.f; DROP SCHEMA tools CASCADE" 2>/dev/null >/dev/null
is "a cursor: dropped" "$(ask a "FETCH c")" "3|3"
is "a cursor: dropped, seen" "$(ask a "SELECT count(*) FROM pg_tablespace WHERE false; FETCH c; ROLLBACK")" $'0\nERROR:  XX000'
anew

# Catalogs are not read with the transaction's snapshot, at any isolation level.
for level in "READ COMMITTED" "REPEATABLE READ" "SERIALIZABLE"; do
    is "$level" "$(ask a "BEGIN ISOLATION LEVEL $level; EXECUTE p; SELECT f(), g()")" $'1|1|1\n1|1'
    ask b "$(all_as 2)"
    # A plan that contains the result of an immutable function is made again when PostgreSQL has processed
    # invalidations.
    is "$level: replaced" "$(ask a "SELECT f(), g(); EXECUTE p")" $'2|2\n2|2|2'
    ask b "DROP FUNCTION tools.m CASCADE" >/dev/null
    is "$level: dropped" "$(ask a "SAVEPOINT s; SELECT g(); ROLLBACK TO s; SELECT f(); COMMIT")" $'ERROR:  42883\n2'
    anew
done
ask a "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT" >/dev/null
ask b "CREATE FUNCTION life.late() RETURNS int LANGUAGE wasm AS 'tools.m#f'; CREATE FUNCTION life.k() RETURNS wasm.module LANGUAGE wasm AS $(code 5)"
is "REPEATABLE READ: a function created since can be called, and is not listed" \
    "$(ask a "SELECT late(); SELECT kind FROM k(); SELECT count(*) FROM wasm.modules; COMMIT; SELECT count(*) FROM wasm.modules")" \
    $'1\nmodule\n1\n2'
ask a "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT" >/dev/null
ask b "DROP FUNCTION life.k"
is "REPEATABLE READ: a module dropped since is listed, without a description" \
    "$(ask a "SELECT name, kind FROM wasm.modules ORDER BY name; COMMIT")" $'k|\nm|module'

# Uncommitted changes are invisible, and block nobody.
ask b "BEGIN; $(all_as 2)" >/dev/null
is "replaced, not committed" "$(ask a "EXECUTE p")" "1|1|1"
ask b "ROLLBACK; BEGIN; DROP FUNCTION tools.m CASCADE; DROP FUNCTION life.f" >/dev/null
is "dropped, not committed" "$(ask a "EXECUTE p; SELECT f(), g()")" $'1|1|1\n1|1'
ask b "SAVEPOINT s; CREATE FUNCTION tools.m() RETURNS wasm.module LANGUAGE wasm AS $(code 7); ROLLBACK TO s; ROLLBACK"
is "and rolled back" "$(ask a "EXECUTE p"; ask b "SELECT life.f(), life.g()")" $'1|1|1\n1|1'
send gate "BEGIN; $(as_module 2)"
answer gate
send b "$(as_module 3)"
eventually "two replace it at once: one waits" "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = $(pid b)"
ask gate "COMMIT"
is "two replace it at once: as with any function" "$(answer b)" "ERROR:  XX000"
is "two replace it at once: one of them" "$(ask a "EXECUTE p")" "1|2|2"
anew

# A function is created while its module is dropped, and vice versa: the same happens as for a function in SQL that
# calls another one (minor releases differ).
ask b "CREATE FUNCTION life.base() RETURNS int LANGUAGE sql AS 'SELECT 1'"
created="CREATE FUNCTION life.of_base() RETURNS int LANGUAGE sql RETURN life.base();
    CREATE FUNCTION life.of_m() RETURNS int LANGUAGE wasm AS 'tools.m#f'"
dropped="DROP FUNCTION life.base; DROP FUNCTION life.g, life.constant, tools.m"
outcomes() { ask b "SELECT (to_regproc('life.base') IS NULL, to_regproc('life.of_base') IS NULL)
    = (to_regproc('tools.m') IS NULL, to_regproc('life.of_m') IS NULL)"; }
beside() { # beside NAME FIRST SECOND
    ask b "BEGIN; $2"
    send gate "$3"
    sleep 0.3
    ask b "COMMIT"
    like "$1" "$(answer gate)" "^(ERROR:  (2BP01|42704|42883)
?)*$"
    is "$1: as in SQL" "$(outcomes)" t
    anew
    ask b "CREATE FUNCTION life.base() RETURNS int LANGUAGE sql AS 'SELECT 1'"
}
beside "created while its module is dropped" "$dropped" "$created"
beside "its module dropped while it is created" "$created" "$dropped"

# Two-phase commit: by anyone, at any time.
ask b "BEGIN; $(all_as 2) CREATE FUNCTION life.h() RETURNS int LANGUAGE wasm AS 'tools.m#f isolation=statement'; SELECT life.h();
    PREPARE TRANSACTION 'one'" >/dev/null
is "prepared" "$(ask a "EXECUTE p; SELECT h()"; ask b "SELECT life.f(), life.g()")" $'1|1|1\nERROR:  42883\n1|1'
ask gate "COMMIT PREPARED 'one'"
is "prepared and committed" "$(ask a "EXECUTE p; SELECT h()"; ask b "SELECT life.f(), life.g(), life.h()")" $'2|2|2\n2\n2|2|2'
ask b "BEGIN; DROP FUNCTION tools.m CASCADE; PREPARE TRANSACTION 'two'" >/dev/null
is "dropped and prepared" "$(ask a "EXECUTE p"; ask b "SELECT life.g()")" $'2|2|2\n2'
ask gate "ROLLBACK PREPARED 'two'"
is "dropped, prepared and rolled back" "$(ask a "EXECUTE p"; ask b "SELECT life.g()")" $'2|2|2\n2'
ask b "BEGIN; $(all_as 3) PREPARE TRANSACTION 'three'"
succeeds "a restart" cluster_ctl -m immediate restart
session a
session b
session gate
ask a "SET search_path = life" >/dev/null
is "prepared before a crash" "$(ask a "SELECT f(), g()")" "2|2"
ask b "COMMIT PREPARED 'three'"
is "prepared before a crash and committed" "$(ask a "SELECT f(), g()")" "3|3"
finish

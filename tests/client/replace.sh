#!/usr/bin/env bash
# Tests what one session sees of CREATE OR REPLACE, DROP, GRANT and the like in another: the change at its next
# statement, and nothing that is not committed. Also tests what many changes cost.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/session.bash"

cluster_start
sql "CREATE EXTENSION plwasm; CREATE ROLE alice; GRANT CREATE, USAGE ON SCHEMA public TO alice"
session a
session b
code() { echo "'(module (func (export \"f\") (result i32) (i32.const $1)))'"; }
inline() { ask b "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE wasm AS $(code "$1")"; }
module() { ask b "CREATE OR REPLACE FUNCTION ${2:-m}() RETURNS wasm.module LANGUAGE wasm AS $(code "$1")"; }
seen() { is "$1" "$(ask a "${3:-SELECT f(), g()}")" "$2"; }

inline 1
module 1
ask b "CREATE FUNCTION g() RETURNS int LANGUAGE wasm AS 'm#f';
    CREATE FUNCTION outer_g() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN g(); END'"
seen "the first version" "1|1"
inline 2
seen "a function replaced" "2|1"
module 2
seen "a module replaced" "2|2"

ask a "PREPARE p AS SELECT f(), g()" >/dev/null
for i in {1..6}; do ask a "EXECUTE p" >/dev/null; done
inline 3
module 3
seen "a prepared statement" "3|3" "EXECUTE p"
seen "PL/pgSQL" 3 "SELECT outer_g()"
seen "PL/pgSQL in a transaction" 3 "BEGIN; SELECT outer_g()"
module 4
# As in every language: a call site that was kept changes once a lock is taken.
seen "replaced within the transaction" 4 "SELECT g()"
seen "replaced within the transaction, PL/pgSQL" 4 "SELECT outer_g() FROM pg_class LIMIT 1"
seen "and after it" 4 "COMMIT; SELECT outer_g()"

# Uncommitted changes.
is "b's own change" "$(ask b "BEGIN; CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE wasm AS $(code 5);
    CREATE OR REPLACE FUNCTION m() RETURNS wasm.module LANGUAGE wasm AS $(code 5);
    CREATE FUNCTION h() RETURNS int LANGUAGE wasm AS 'm#f'; SELECT f(), g(), h()")" "5|5|5"
seen "not committed is not seen" "3|4"
seen "not committed is not there" "ERROR:  42883" "SELECT h()"
is "rolled back is not there" "$(ask b "ROLLBACK; SELECT f(), g(); SELECT h()")" $'3|4\nERROR:  42883'
seen "rolled back is not seen" "3|4"
is "rolled back to a savepoint" "$(ask b "BEGIN; SAVEPOINT s; CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE wasm AS $(code 6);
    SELECT f(); ROLLBACK TO s; SELECT f(); CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE wasm AS $(code 7);
    SELECT f(); COMMIT; SELECT f()")" $'6\n3\n7\n7'
seen "committed is seen" "7|4"
is "two versions in a transaction" "$(ask b "BEGIN; CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE wasm AS $(code 8); SELECT f();
    CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE wasm AS $(code 9); SELECT f(); COMMIT")" $'8\n9'

# DROP, and CREATE again.
ask b "DROP FUNCTION f()"
seen "dropped" "ERROR:  42883"
inline 10
seen "created again" "10|4"
seen "created again, prepared" "10|4" "EXECUTE p"
ask b "DROP FUNCTION m() CASCADE" >/dev/null
seen "a module dropped" "ERROR:  42883"
module 11
ask b "CREATE FUNCTION g() RETURNS int LANGUAGE wasm AS 'm#f'"
seen "a module created again" "10|11"
ask b "SET check_function_bodies = off; CREATE FUNCTION late() RETURNS int LANGUAGE wasm AS 'later#f'; RESET check_function_bodies"
seen "a module that is not there yet" "ERROR:  42883" "SELECT late()"
module 12 later
seen "and then is" 12 "SELECT late()"

# Names.
ask b "ALTER FUNCTION m RENAME TO n"
seen "a module renamed" "10|11"
ask b "ALTER FUNCTION n RENAME TO m"
seen "and back" "10|11"
ask b "CREATE SCHEMA s; ALTER FUNCTION later SET SCHEMA s; CREATE FUNCTION from_s() RETURNS int LANGUAGE wasm AS 's.later#f'"
seen "a module in another schema" 12 "SELECT from_s()"
seen "a module moved away, with no dependency on it" "ERROR:  42883" "SELECT late()"
ask b "ALTER SCHEMA s RENAME TO t"
seen "its schema renamed" 12 "SELECT from_s()"
seen "its schema renamed, prepared" 12 "PREPARE q AS SELECT from_s(); EXECUTE q"
ask b "ALTER SCHEMA t RENAME TO s"
seen "its schema renamed back, prepared" 12 "EXECUTE q"
ask b "ALTER FUNCTION f RENAME TO f2"
seen "a function renamed" 10 "SELECT f2()"
ask b "ALTER FUNCTION f2 RENAME TO f"

# Privileges of the function's owner.
ask b "ALTER FUNCTION g OWNER TO alice"
seen "another owner" "10|11"
ask b "REVOKE EXECUTE ON FUNCTION m FROM PUBLIC"
seen "EXECUTE revoked" "ERROR:  42501"
seen "EXECUTE revoked, prepared" "ERROR:  42501" "EXECUTE p"
ask b "GRANT EXECUTE ON FUNCTION m TO alice"
seen "EXECUTE granted" "10|11"
ask b "CREATE ROLE modulers; REVOKE EXECUTE ON FUNCTION m FROM alice; GRANT EXECUTE ON FUNCTION m TO modulers; GRANT modulers TO alice"
seen "EXECUTE by membership" "10|11"
ask b "REVOKE modulers FROM alice"
seen "membership revoked" "ERROR:  42501"
ask b "ALTER FUNCTION g OWNER TO postgres"
seen "an owner with the privilege" "10|11"

# While a statement runs.
inline 0
ask b "CREATE TABLE versions (n int)"
send a "DO 'BEGIN FOR i IN 1..300 LOOP INSERT INTO versions SELECT f() FROM generate_series(1, 20); PERFORM pg_sleep(0.001); END LOOP; END'"
for i in {1..40}; do inline "$i"; done
is "a statement during which a function is replaced" "$(answer a)" ""
seen "gets one version or another" 6000 "SELECT count(*) FROM versions WHERE n BETWEEN 0 AND 40"
is "and more than one" "$(sql "SELECT count(DISTINCT n) > 2 FROM versions")" t

# Many sessions at once.
sql "$(cat <<'SQL'
CREATE TABLE unexpected (state text, message text);
-- What PostgreSQL answers when several create and drop one function at once; and all else is recorded.
CREATE PROCEDURE attempt(command text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE command;
EXCEPTION
    WHEN undefined_function OR duplicate_function OR unique_violation OR deadlock_detected
        OR dependent_objects_still_exist OR undefined_object THEN NULL;
    WHEN OTHERS THEN
        IF SQLERRM !~ '^(tuple concurrently (updated|deleted)|cache lookup failed for function)' THEN
            INSERT INTO unexpected VALUES (SQLSTATE, SQLERRM);
        END IF;
END $$;
CREATE PROCEDURE call_both(shared int) LANGUAGE plpgsql AS $$
DECLARE
    f int;
    g int;
BEGIN
    EXECUTE format('SELECT f%s(), g%1$s()', shared) INTO f, g;
    IF f % 10 <> shared OR g % 10 <> shared THEN
        INSERT INTO unexpected VALUES ('f, g', format('%s and %s of %s', f, g, shared));
    END IF;
EXCEPTION
    WHEN undefined_function THEN NULL;
    WHEN OTHERS THEN
        IF SQLERRM !~ '^cache lookup failed for function' THEN INSERT INTO unexpected VALUES (SQLSTATE, SQLERRM); END IF;
END $$;
SQL
)"
cat >"$CLUSTER/storm.sql" <<'SQL'
\set n random(1, 3)
\set v 10 * random(1, 50) + :n
CALL attempt('CREATE OR REPLACE FUNCTION f:n() RETURNS int LANGUAGE wasm AS ''(module (func (export "f:n") (result i32) (i32.const :v)))''');
CALL attempt('CREATE OR REPLACE FUNCTION m:n() RETURNS wasm.module LANGUAGE wasm AS ''(module (func (export "f") (result i32) (i32.const :v)))''');
CALL attempt('CREATE OR REPLACE FUNCTION g:n() RETURNS int LANGUAGE wasm AS ''m:n#f''');
CALL call_both(:n);
CREATE FUNCTION pg_temp.own() RETURNS int LANGUAGE wasm AS '(module (func (export "own") (result i32) (i32.const :v)))';
SELECT pg_temp.own() = :v;
DROP FUNCTION pg_temp.own();
CALL call_both(1 + :n % 3);
CALL attempt('DROP FUNCTION f:n()');
CALL attempt('DROP FUNCTION m:n() CASCADE');
SQL
succeeds "eight sessions create, call and drop" env PGOPTIONS="-c client_min_messages=warning" timeout 60 pgbench -n -c 8 -j 1 -T 5 -f "$CLUSTER/storm.sql"
is "without an unexpected error" "$(sql "SELECT DISTINCT * FROM unexpected LIMIT 5")" ""
like "many times" "$(sql "SELECT xact_commit > 300 FROM pg_stat_database WHERE datname = 'postgres'")" t

# What a session keeps of 2,000 versions.
session keeper
status() { awk -v key="$1:" '$1 == key { print $2 }' "/proc/$(pid keeper)/status"; }
versions() {
    local i
    for ((i = $1; i < $2; i++)); do
        echo "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE wasm AS $(code "$i"); SELECT f();"
    done
}
is "100 versions" "$(ask keeper "$(versions 1000 1100)" | tail -n 1)" 1099
before=$(status VmRSS)
is "2,000 more" "$(ask keeper "$(versions 2000 4000)" | tail -n 1)" 3999
grown=$((($(status VmRSS) - before) / 1024))
like "take bounded memory" "$((grown < 64)), $grown MB" "^1,"
mappings=$(wc -l <"/proc/$(pid keeper)/maps") # the kernel allows 65,530
like "take a bounded number of mappings" "$((mappings < 3000)), $mappings" "^1,"
finish

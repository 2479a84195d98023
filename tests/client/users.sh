#!/usr/bin/env bash
# Tests what roles other than superusers can do, over their own connections: create and call functions, narrow their
# limits, and nothing beyond the ceilings and privileges that they were given.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/session.bash"

cluster_start -c plwasm.max_fuel=1e7 -c plwasm.max_memory=2MB
sql "$(cat <<'SQL'
CREATE EXTENSION plwasm;
CREATE ROLE alice LOGIN;
CREATE ROLE bob LOGIN;
CREATE SCHEMA alice AUTHORIZATION alice;
CREATE SCHEMA bob AUTHORIZATION bob;
GRANT USAGE ON SCHEMA alice, bob TO PUBLIC;
CREATE SCHEMA closed;
CREATE FUNCTION closed.m() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export "f") (result i32) (i32.const 5)))';
SQL
)"
alice() { sql "$@" -U alice; }

# What any role can do.
is "a function" "$(alice "$(cat <<'SQL'
CREATE FUNCTION rounds(n int) RETURNS int LANGUAGE wasm AS '(module (func (export "rounds") (param i32) (result i32)
    (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)))';
SELECT rounds(1000);
SQL
)")" 0
is "DO" "$(alice "DO LANGUAGE wasm '(module (func (export \"run\")))'; SELECT 'done'")" "done"
is "a module" "$(alice "$(cat <<'SQL'
CREATE FUNCTION m() RETURNS wasm.module LANGUAGE wasm AS '(module (memory 0 4096)
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (global $n (mut i32) (i32.const 0))
    (func (export "next") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
    (func (export "trap") (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
    (func (export "forever") (loop br 0)))';
CREATE FUNCTION grow(int) RETURNS int LANGUAGE wasm AS 'm';
CREATE FUNCTION grow_little(int) RETURNS int LANGUAGE wasm AS 'm#grow memory=128kB';
CREATE FUNCTION forever() RETURNS void LANGUAGE wasm AS 'm fuel=1e15';
SELECT grow(1);
SQL
)")" 0
is "a module from a binary" "$(alice "SELECT wasm.create_module('b', '\\x0061736d01000000'); SELECT kind, size FROM b()")" $'b()\nmodule|8'
raises "a name is not executed" 42602 "SELECT wasm.create_module('b() RETURNS int LANGUAGE sql AS ''SELECT 1''; --', '\\x0061736d01000000')" -U alice
is "modules are listed" "$(alice "SELECT module, owner FROM wasm.modules WHERE owner = 'alice' ORDER BY name")" $'b()|alice\nm()|alice'

# What belongs to others.
raises "no function in another's schema" 42501 "CREATE FUNCTION bob.grow(int) RETURNS int LANGUAGE wasm AS 'alice.m'" -U alice
raises "no module in another's schema" 42501 "SELECT wasm.create_module('bob.b', '\\x0061736d01000000')" -U alice
raises "another's function is not replaced" 42501 "CREATE OR REPLACE FUNCTION alice.grow(int) RETURNS int LANGUAGE wasm AS 'm'" -U bob
raises "another's module is not replaced" 42501 "SELECT wasm.create_module('alice.m', '\\x0061736d01000000', true)" -U bob
is "another's module serves" "$(sql "CREATE FUNCTION grow(int) RETURNS int LANGUAGE wasm AS 'alice.m'; SELECT grow(1)" -U bob)" 0
raises "not in a schema that is closed" 42501 "CREATE FUNCTION f() RETURNS int LANGUAGE wasm AS 'closed.m'" -U bob
alice "REVOKE ALL ON FUNCTION m() FROM PUBLIC"
raises "not without EXECUTE: called" 42501 "SELECT grow(1)" -U bob
raises "not without EXECUTE: created" 42501 "CREATE FUNCTION grow2(int) RETURNS int LANGUAGE wasm AS 'alice.m#grow'" -U bob
raises "not without EXECUTE: created unchecked, then called" 42501 "SET check_function_bodies = off;
    CREATE FUNCTION grow2(int) RETURNS int LANGUAGE wasm AS 'alice.m#grow'; SELECT grow2(1)" -U bob
is "its owner's functions serve all the same" "$(sql "SELECT alice.grow(1)" -U bob)" 0
sql "DO 'BEGIN FOR i IN 1..10 LOOP PERFORM wasm.validator(''alice.grow(int)''::regprocedure); END LOOP; END'" -U bob
is "validating another role's function leaves nothing" "$(sql "SELECT count(*) FROM pg_depend
    WHERE objid = 'alice.grow(int)'::regprocedure AND refobjid = 'alice.m()'::regprocedure")" 1

# Limits: a user's own value narrows them.
raises "fuel: enough is enough" 54000 "SELECT rounds(10000000)" -U alice
raises "fuel: narrowed" 54000 "SET plwasm.fuel = 1000; SELECT rounds(1000)" -U alice
is "fuel: narrowed and reset" "$(alice "SET plwasm.fuel = 1000; SELECT rounds(10); RESET plwasm.fuel; SELECT rounds(1000)")" $'0\n0'
raises "fuel: not beyond the ceiling" 54000 "SET plwasm.fuel = 1e15; SELECT rounds(10000000)" -U alice
raises "fuel: 0 is the ceiling" 54000 "SET plwasm.fuel = 0; SELECT rounds(10000000)" -U alice
raises "fuel: a body's key is not beyond the ceiling" 54000 "SET plwasm.fuel = 0; SELECT forever()" -U alice
is "memory: to the ceiling" "$(alice "SET plwasm.memory = '1GB'; SELECT grow(32); SELECT grow(33)")" $'0\n-1'
is "memory: narrowed" "$(alice "SET plwasm.memory = '1MB'; SELECT grow(16); SELECT grow(17)")" $'0\n-1'
is "memory: narrowed by a body's key" "$(alice "SELECT grow_little(2); SELECT grow_little(3)")" $'0\n-1'
raises "no setting below its least" 22023 "SELECT grow(1); SET plwasm.memory = '1kB'" -U alice

# Ceilings cannot be exceeded.
raises "a ceiling is not set" 42501 "SELECT grow(1); SET plwasm.max_fuel = 1e15" -U alice
raises "a ceiling is not set for a function" 42501 "SELECT grow(1); ALTER FUNCTION rounds SET plwasm.max_fuel = 1e15" -U alice
raises "a ceiling is not set for one's role" 42501 "SELECT grow(1); ALTER ROLE alice SET plwasm.max_fuel = 1e15" -U alice
raises "a ceiling is not set for one's role before it is known" 42501 "ALTER ROLE alice SET plwasm.max_fuel = 1e15" -U alice
session early -U alice
is "a ceiling set before it is known" "$(ask early "SET plwasm.max_fuel = 1e15; SET plwasm.fuel = 0;
    SELECT rounds(1); SHOW plwasm.max_fuel; SELECT rounds(10000000)")" $'WARNING:  42501\n0\n1e+07\nERROR:  54000'
export PGOPTIONS="-c plwasm.max_fuel=1e15 -c plwasm.fuel=0"
session options -U alice
unset PGOPTIONS
like "a ceiling set by the connection" "$(ask options "SELECT rounds(10000000)" | tail -n 1)" "^ERROR:  (42501|54000)$"
raises "nor the backend's memory" 42501 "SELECT grow(1); SET plwasm.backend_memory = '8GB'" -U alice
raises "nor the size of modules" 42501 "SELECT grow(1); SET plwasm.max_module_size = '1GB'" -U alice

# Settings of functions, roles and databases.
is "a function's own setting" "$(alice "SELECT grow(1); ALTER FUNCTION rounds SET plwasm.fuel = 1000")" 0
is "a function's own setting holds, and ends with it" "$(ask early "SELECT rounds(1000); SHOW plwasm.fuel; SELECT rounds(10), rounds(20)")" \
    $'ERROR:  54000\n0\n0|0'
alice "ALTER FUNCTION rounds RESET ALL"
alice "SELECT grow(1); ALTER ROLE alice SET plwasm.fuel = 1000" >/dev/null
raises "ALTER ROLE SET" 54000 "SELECT rounds(1000)" -U alice
is "ALTER ROLE SET: for that role" "$(sql "SELECT alice.rounds(1000)" -U bob)" 0
sql "ALTER ROLE alice RESET ALL"
sql "ALTER DATABASE postgres SET plwasm.max_fuel = 2000"
raises "ALTER DATABASE SET" 54000 "SELECT rounds(1000)" -U alice
sql "ALTER DATABASE postgres RESET plwasm.max_fuel; ALTER ROLE alice SET plwasm.max_fuel = 1e8"
is "a superuser lifts a role's ceiling" "$(alice "SELECT rounds(10000000)")" 0
sql "ALTER ROLE alice RESET ALL; GRANT SET ON PARAMETER plwasm.max_fuel TO alice"
is "a superuser lets a role lift it" "$(alice "SELECT rounds(1); SET plwasm.max_fuel = 1e8; SELECT rounds(10000000)")" $'0\n0'

# An instance belongs to the function's owner.
alice "$(cat <<'SQL'
CREATE FUNCTION next() RETURNS int LANGUAGE wasm AS 'm#next isolation=statement';
CREATE FUNCTION next_definer() RETURNS int LANGUAGE wasm SECURITY DEFINER AS 'm#next isolation=statement';
CREATE FUNCTION trap_definer(int) RETURNS int LANGUAGE wasm SECURITY DEFINER AS 'm#trap';
REVOKE ALL ON FUNCTION trap_definer FROM PUBLIC;
SQL
)"
is "SECURITY DEFINER: an instance of its own" "$(sql "SELECT alice.next(), alice.next(), alice.next_definer(), alice.next_definer(), alice.next()" -U bob)" \
    "1|2|1|2|3"
is "SECURITY DEFINER: the owner shares it" "$(alice "SELECT next(), next_definer(), next()")" "1|2|3"
is "each statement starts anew" "$(sql "SELECT alice.next(); SELECT alice.next_definer()" -U bob)" $'1\n1'
raises "EXECUTE on a function is asked for" 42501 "SELECT alice.trap_definer(1)" -U bob
alice "GRANT EXECUTE ON FUNCTION trap_definer TO bob"
session bob -U bob
is "SECURITY DEFINER: after an error the role is the caller's" "$(ask bob "SELECT alice.trap_definer(0); SELECT current_user, alice.trap_definer(1)")" \
    $'ERROR:  22012\nbob|1'

# The language.
sql "REVOKE USAGE ON LANGUAGE wasm FROM PUBLIC"
raises "no USAGE on the language: no function" 42501 "CREATE FUNCTION f() RETURNS int LANGUAGE wasm AS 'm'" -U alice
raises "no USAGE on the language: no DO" 42501 "DO LANGUAGE wasm '(module (func (export \"run\")))'" -U alice
is "no USAGE on the language: existing functions work" "$(alice "SELECT grow(1)")" 0
finish

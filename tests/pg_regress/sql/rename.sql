-- Functions go on when names change: here in the call sites of this session, in rename.sh in others and after restore.
CREATE SCHEMA ren;
CREATE SCHEMA ren_b;
CREATE SCHEMA "Ren #1.""x""";
SET search_path = ren, public;
CREATE VIEW bodies AS
    SELECT p.oid::regprocedure::text COLLATE "C" AS function, prosrc
      FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
     WHERE n.nspname ~* '^(ren|select)' AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'wasm')
       AND prorettype <> 'wasm.module'::regtype ORDER BY 1;
CREATE FUNCTION two() RETURNS wasm.module LANGUAGE wasm AS '(module
    (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
    (func (export "thrice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
    (func (export "to upper") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 4))))';
CREATE FUNCTION one() RETURNS wasm.module LANGUAGE wasm AS '(module
    (memory (export "memory") 1)
    (func (export "_initialize"))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8))
    (func (export "five") (result i32) (i32.const 5)))';

-- a text with one export, whose name does not matter
CREATE FUNCTION five() RETURNS int LANGUAGE wasm AS 'one';
SELECT outcome($$CREATE FUNCTION whatever() RETURNS int LANGUAGE wasm AS 'one'$$);
CREATE FUNCTION inline_one(int) RETURNS int LANGUAGE wasm AS '(module
    (func (export "__wasm_call_ctors")) (func (export "malloc") (param i32) (result i32) (i32.const 8))
    (func (export "inc") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))';
SELECT five(), inline_one(1);
SELECT outcome($$CREATE FUNCTION unknown(int) RETURNS int LANGUAGE wasm AS 'two'$$);
SELECT outcome($$CREATE FUNCTION unknown() RETURNS int LANGUAGE wasm AS 'one#unknown'$$);
SELECT outcome($$CREATE FUNCTION unknown(int) RETURNS int LANGUAGE wasm AS '(module (func (export "cabi_realloc") (param i32) (result i32) (local.get 0)))'$$);
-- the export of a text
CREATE FUNCTION chosen() RETURNS int LANGUAGE wasm AS ';; of two
    #b (module (func (export "a") (result i32) (i32.const 1)) (func (export "b") (result i32) (i32.const 2)))';
CREATE FUNCTION quoted() RETURNS int LANGUAGE wasm AS '#"b ""c""" (module
    (func (export "a") (result i32) (i32.const 1)) (func (export "b \"c\"") (result i32) (i32.const 2)))';
SELECT chosen(), quoted();
SELECT outcome($$CREATE FUNCTION unknown() RETURNS int LANGUAGE wasm AS '#c (module (func (export "a") (result i32) (i32.const 1)))'$$);
SELECT outcome($$CREATE FUNCTION unknown() RETURNS int LANGUAGE wasm AS '#c lib'$$);
SELECT outcome($$CREATE FUNCTION unknown() RETURNS wasm.module LANGUAGE wasm AS '#c (module)'$$);
SELECT outcome($$CREATE FUNCTION unknown() RETURNS int LANGUAGE wasm AS '#c (modul)'$$);

-- functions that are used everywhere
CREATE FUNCTION twice(int) RETURNS int LANGUAGE wasm IMMUTABLE AS 'two';
CREATE FUNCTION twice(bigint) RETURNS int LANGUAGE wasm IMMUTABLE AS '(module
    (func (export "twice") (param i64) (result i32) (i32.wrap_i64 (i64.mul (local.get 0) (i64.const 20))))
    (func (export "thrice") (param i64) (result i32) (i32.const 0)))';
CREATE FUNCTION "to upper"(int) RETURNS int LANGUAGE wasm IMMUTABLE AS E'\n two  fuel=1e6\tmemory=1MB ';
CREATE FUNCTION third(int) RETURNS int LANGUAGE wasm IMMUTABLE AS ' Ren."two"#thrice isolation=call  fuel=1000000';
CREATE PROCEDURE nothing() LANGUAGE wasm AS '(module (func (export "nothing")) (func (export "all")))';
CREATE TABLE used (i int CHECK (twice(i) < 1000), four int GENERATED ALWAYS AS ("to upper"(i)) STORED);
CREATE INDEX ON used (twice(i));
CREATE VIEW seen AS SELECT i, twice(i) AS twice, twice(i::bigint) AS twenty, third(i) AS third FROM used;
ALTER FUNCTION inline_one(int) IMMUTABLE;
CREATE INDEX ON used (inline_one(third(i)));
INSERT INTO used VALUES (1);
CREATE FUNCTION writes(n int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE row record;
BEGIN
    INSERT INTO ren.used VALUES (n);
    SELECT s.*, u.four INTO row FROM ren.seen s JOIN ren.used u USING (i) WHERE i = n;
    RETURN row;
END $$;
SELECT writes(2);
SELECT * FROM bodies WHERE function ~ 'twice|upper|third|nothing';

-- a function is renamed, and keeps the export that it had by its name
ALTER FUNCTION twice(int) RENAME TO double;
ALTER ROUTINE twice(bigint) RENAME TO "Twenty ""times""";
ALTER FUNCTION "to upper" RENAME TO thrice;
ALTER FUNCTION inline_one RENAME TO inline_two;
ALTER FUNCTION five() RENAME TO anything;
ALTER PROCEDURE nothing() RENAME TO "all";
CALL "all"();
SELECT writes(3), thrice(1), anything(), inline_two(1);
SELECT * FROM bodies;
-- it is renamed again, and to the name of another export
ALTER FUNCTION double(int) RENAME TO "to upper";
ALTER FUNCTION "to upper"(int) RENAME TO doubled;
SELECT writes(4);
SELECT * FROM bodies WHERE function ~ 'doubled';

-- a function and a procedure are moved
ALTER FUNCTION doubled(int) SET SCHEMA ren_b;
ALTER FUNCTION third(int) SET SCHEMA "Ren #1.""x""";
ALTER ROUTINE "all"() SET SCHEMA ren_b;
CALL ren_b."all"();
SELECT writes(5);
SELECT * FROM bodies WHERE function ~ 'doubled|third|all';
ALTER FUNCTION ren_b.doubled(int) SET SCHEMA ren;

-- a module is renamed and moved
ALTER FUNCTION two() RENAME TO "Two.#""
2";
SELECT writes(6);
ALTER FUNCTION "Two.#""
2"() SET SCHEMA "Ren #1.""x""";
SELECT writes(7);
SELECT * FROM bodies WHERE prosrc ~ 'Two';
ALTER FUNCTION "Ren #1.""x"""."Two.#""
2"() RENAME TO äöüäöüäöüäöüäöüäöüäöüäöüäöüäöüä;
SELECT writes(8);
ALTER SCHEMA "Ren #1.""x""" RENAME TO "select";
SELECT writes(9);
SELECT * FROM bodies WHERE prosrc ~ 'ä';
ALTER FUNCTION "select".äöüäöüäöüäöüäöüäöüäöüäöüäöüäöüä SET SCHEMA ren;
ALTER FUNCTION äöüäöüäöüäöüäöüäöüäöüäöüäöüäöüä RENAME TO two;
ALTER SCHEMA "select" RENAME TO ren_c;
SELECT * FROM bodies WHERE prosrc ~ 'two';
-- bodies without a schema need no change if their schema is renamed
ALTER SCHEMA ren RENAME TO renamed;
SET search_path = renamed, public;
SELECT thrice(1), ren_c.third(1), doubled(1), anything();
SELECT * FROM bodies WHERE prosrc ~ 'two';
ALTER SCHEMA renamed RENAME TO ren;
SET search_path = ren, public;
SELECT writes(10);

-- two modules swap their names, and each function keeps its module
CREATE FUNCTION other() RETURNS wasm.module LANGUAGE wasm AS '(module
    (func (export "twice") (param i32) (result i32) (i32.const 7)) (func (export "thrice") (param i32) (result i32) (i32.const 8)))';
CREATE FUNCTION seven(int) RETURNS int LANGUAGE wasm AS 'other#twice';
BEGIN;
SELECT doubled(1), seven(1);
ALTER FUNCTION two() RENAME TO t;
ALTER FUNCTION other() RENAME TO two;
SELECT doubled(1), seven(1);
ALTER FUNCTION t() RENAME TO other;
SELECT doubled(1), seven(1);
COMMIT;
SELECT doubled(1), seven(1);
SELECT * FROM bodies WHERE function ~ 'doubled|seven';
-- rolled back
BEGIN;
ALTER FUNCTION two() RENAME TO t;
SAVEPOINT s;
ALTER FUNCTION other() RENAME TO two;
SELECT doubled(1), seven(1);
ROLLBACK TO s;
SELECT doubled(1), seven(1);
SELECT * FROM bodies WHERE function ~ 'doubled|seven';
ROLLBACK;
SELECT doubled(1), seven(1);
SELECT * FROM bodies WHERE function ~ 'doubled|seven';

-- a module that was renamed is replaced; it cannot be dropped, because functions use it
CREATE OR REPLACE FUNCTION two() RETURNS wasm.module LANGUAGE wasm AS '(module
    (func (export "twice") (param i32) (result i32) (i32.const 70)) (func (export "more") (param i32) (result i32) (i32.const 80)))';
SELECT doubled(1), seven(1);
SELECT outcome('DROP FUNCTION two()'), outcome('DROP FUNCTION other()');
-- a function gets a body of its own
CREATE OR REPLACE FUNCTION seven(int) RETURNS int LANGUAGE wasm AS 'other#twice';
SELECT doubled(1), seven(1);
BEGIN;
SELECT outcome('DROP FUNCTION two()');
ROLLBACK;
CREATE OR REPLACE FUNCTION seven(int) RETURNS int LANGUAGE wasm AS 'two#twice';

-- the role that renames need not own the functions that follow, and the bodies of others stay the same
CREATE ROLE ren_owner;
CREATE ROLE ren_user;
GRANT USAGE, CREATE ON SCHEMA ren TO ren_owner;
GRANT USAGE ON SCHEMA ren TO ren_user;
GRANT USAGE, CREATE ON SCHEMA ren_b TO ren_user, ren_owner;
SET ROLE ren_owner;
CREATE FUNCTION theirs() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export "four") (result i32) (i32.const 4)))';
SET ROLE ren_user;
CREATE FUNCTION ren_b.mine() RETURNS int LANGUAGE wasm AS 'ren.theirs#four';
SELECT ren_b.mine();
SELECT outcome('ALTER FUNCTION ren.theirs() RENAME TO mine');
SET ROLE ren_owner;
ALTER FUNCTION theirs() RENAME TO ours;
ALTER FUNCTION ours() SET SCHEMA ren_b;
SET ROLE ren_user;
SELECT ren_b.mine();
RESET ROLE;
SELECT proowner::regrole, prosrc FROM pg_proc WHERE proname = 'mine';
-- into a schema that the function's owner may not use
CREATE SCHEMA ren_closed;
ALTER FUNCTION ren_b.ours() SET SCHEMA ren_closed;
SET ROLE ren_user;
SELECT ren_b.mine();
RESET ROLE;
SELECT outcome('SELECT wasm.follow_names()');

-- if event triggers do not fire, functions go on, too; bodies follow with the next change
ALTER EVENT TRIGGER plwasm_follow_names DISABLE;
ALTER FUNCTION two() RENAME TO a;
ALTER FUNCTION other() RENAME TO two;
ALTER FUNCTION a() RENAME TO other;
ALTER FUNCTION doubled(int) SET SCHEMA ren_b;
SELECT ren_b.doubled(1), seven(1);
SELECT * FROM bodies WHERE function ~ 'doubled|seven';
-- validated again
SELECT wasm.validator(p) FROM unnest(ARRAY['ren_b.doubled(int)'::regprocedure, 'seven(int)']) p;
SELECT ren_b.doubled(1), seven(1);
ALTER EVENT TRIGGER plwasm_follow_names ENABLE ALWAYS;
ALTER FUNCTION two() RENAME TO still_two;
SELECT ren_b.doubled(1), seven(1);
SELECT * FROM bodies WHERE function ~ 'doubled|seven';
-- bodies also follow in replicas
SET session_replication_role = replica;
ALTER FUNCTION still_two() RENAME TO two;
RESET session_replication_role;
SELECT * FROM bodies WHERE function ~ 'doubled|seven';

-- a default that calls a module does not make it the function's module
CREATE FUNCTION described(n int DEFAULT length((two()).sha256)) RETURNS int LANGUAGE wasm AS 'other#twice';
SELECT described();
ALTER FUNCTION two() RENAME TO second;
ALTER FUNCTION other() RENAME TO two;
SELECT described();
SELECT pg_get_functiondef('described'::regproc);
SELECT outcome($$CREATE FUNCTION lost(n int DEFAULT length((two()).sha256)) RETURNS int LANGUAGE wasm AS 'nowhere#twice'$$);

-- the schema of an extension, and its functions; functions of other languages are left alone
CREATE FUNCTION sql_of_module() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT (ren.second()).kind; END;
ALTER FUNCTION second() RENAME TO third;
ALTER FUNCTION sql_of_module() RENAME TO kind_of_module;
SELECT kind_of_module(), described();

-- pg_temp
CREATE FUNCTION pg_temp.lib() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export "ten") (result i32) (i32.const 10)))';
CREATE FUNCTION pg_temp.ten() RETURNS int LANGUAGE wasm AS 'pg_temp.lib';
CREATE FUNCTION pg_temp.also_ten() RETURNS int LANGUAGE wasm AS 'lib#ten';
SELECT pg_temp.ten(), pg_temp.also_ten();
ALTER FUNCTION pg_temp.lib RENAME TO "Lib";
ALTER FUNCTION pg_temp.ten RENAME TO eleven;
SELECT pg_temp.eleven(), pg_temp.also_ten();
SELECT proname, prosrc FROM pg_proc WHERE proname IN ('eleven', 'also_ten') ORDER BY 1;

-- a body that cannot be parsed does not prevent renaming
SET check_function_bodies = off;
CREATE FUNCTION broken(int) RETURNS int LANGUAGE wasm AS '(module';
CREATE FUNCTION lost(int) RETURNS int LANGUAGE wasm AS 'nowhere fuel=1';
CREATE FUNCTION nonsense(int) RETURNS int LANGUAGE wasm AS '?';
RESET check_function_bodies;
ALTER FUNCTION broken RENAME TO broken_too;
ALTER FUNCTION lost RENAME TO lost_too;
ALTER FUNCTION nonsense SET SCHEMA ren_b;
SELECT * FROM bodies WHERE function ~ 'broken|lost|nonsense';

SET client_min_messages = error;
DROP SCHEMA ren, ren_b, ren_c, ren_closed CASCADE;
DROP ROLE ren_owner, ren_user;

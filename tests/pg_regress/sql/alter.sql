-- ALTER of modules and of the functions that name them. A module without a schema is searched for in the function's.
CREATE SCHEMA one;
CREATE SCHEMA two;
CREATE FUNCTION one.m() RETURNS wasm.module LANGUAGE wasm AS '(module
    (func (export "f") (result i32) (i32.const 1))
    (func (export "pass") (param i32) (result i32) (local.get 0))
    (func (export "spin") (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))';
CREATE FUNCTION one.f() RETURNS int LANGUAGE wasm AS 'm';
CREATE FUNCTION one.of_one() RETURNS int LANGUAGE wasm AS 'one.m#f';
CREATE FUNCTION one.pass(int) RETURNS int LANGUAGE wasm AS 'm';
CREATE FUNCTION one.spin(int) RETURNS void LANGUAGE wasm AS 'm';
CREATE FUNCTION all_of(schema text) RETURNS TABLE (of_f text, of_of_one text) LANGUAGE sql AS $$
    SELECT outcome('SELECT ' || schema || '.f()'), outcome('SELECT ' || schema || '.of_one()')
$$;
SELECT * FROM all_of('one');

-- RENAME
ALTER FUNCTION one.m RENAME TO n;
SELECT * FROM all_of('one');
SELECT module, name, kind FROM wasm.modules WHERE schema = 'one';
-- a function gets the old name of another, and its own name back
CREATE FUNCTION one.m() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export "f") (result i32) (i32.const 2)))';
SELECT * FROM all_of('one');
DROP FUNCTION one.m;
ALTER FUNCTION one.n RENAME TO m;
SELECT * FROM all_of('one');
-- a function keeps the export that it had by its own name
ALTER FUNCTION one.f RENAME TO f2;
SELECT error('SELECT one.f2()');
ALTER FUNCTION one.f2 RENAME TO f;
ALTER FUNCTION one.of_one RENAME TO f3;
SELECT one.f3();
ALTER FUNCTION one.f3 RENAME TO of_one;

-- SET SCHEMA: the module alone
ALTER FUNCTION one.m SET SCHEMA two;
SELECT error('SELECT one.f()');
SELECT error('SELECT one.of_one()');
-- the function, too
ALTER FUNCTION one.f SET SCHEMA two;
ALTER FUNCTION one.of_one SET SCHEMA two;
SELECT * FROM all_of('two');
-- the module back
ALTER FUNCTION two.m SET SCHEMA one;
SELECT * FROM all_of('two');
-- the recorded module is the one that was named when the function was created
SELECT outcome('DROP FUNCTION one.m');
-- it stays so until the function is replaced
CREATE FUNCTION two.m() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export "f") (result i32) (i32.const 3)))';
SELECT * FROM all_of('two');
CREATE OR REPLACE FUNCTION two.f() RETURNS int LANGUAGE wasm AS 'm';
SELECT outcome('DROP FUNCTION two.m');
DROP FUNCTION two.m CASCADE;
CREATE FUNCTION two.f() RETURNS int LANGUAGE wasm AS 'one.m';
ALTER FUNCTION two.f SET SCHEMA one;
ALTER FUNCTION two.of_one SET SCHEMA one;
SELECT * FROM all_of('one');
CREATE OR REPLACE FUNCTION one.f() RETURNS int LANGUAGE wasm AS 'm';

-- ALTER SCHEMA RENAME: functions that name a module without a schema follow
ALTER SCHEMA one RENAME TO three;
SELECT * FROM all_of('three');
ALTER SCHEMA three RENAME TO one;
SELECT * FROM all_of('one');
-- the schema of the extension itself
ALTER SCHEMA wasm RENAME TO msaw;
SELECT error('SELECT one.f()');
ALTER SCHEMA msaw RENAME TO wasm;
SELECT * FROM all_of('one');
SELECT outcome('ALTER EXTENSION plwasm SET SCHEMA one'), outcome('ALTER FUNCTION one.m DEPENDS ON EXTENSION plwasm');

-- attributes
SELECT one.pass(5);
ALTER FUNCTION one.pass(int) STRICT IMMUTABLE PARALLEL SAFE COST 7;
SELECT one.pass(5);
CREATE TABLE made (i int, j int GENERATED ALWAYS AS (one.pass(i)) STORED);
ALTER FUNCTION one.pass(int) VOLATILE SECURITY DEFINER CALLED ON NULL INPUT;
SELECT one.pass(5);
ALTER FUNCTION one.spin(int) SET plwasm.fuel = 1000;
SELECT outcome('SELECT one.spin(1000)');
ALTER FUNCTION one.spin(int) SET plwasm.fuel = 100000;
SELECT outcome('SELECT one.spin(1000)');
ALTER FUNCTION one.spin(int) SET plwasm.fuel = 1000;
ALTER FUNCTION one.spin(int) RESET plwasm.fuel;
SELECT outcome('SELECT one.spin(1000)');
-- of a module: no function is affected
ALTER FUNCTION one.m STRICT VOLATILE SECURITY DEFINER SET plwasm.fuel = 1;
SELECT one.f(), kind FROM one.m();
-- a function cannot become a module, nor a module a function
SELECT outcome($$CREATE OR REPLACE FUNCTION one.m() RETURNS int LANGUAGE wasm AS 'm#f'$$),
    outcome($$CREATE OR REPLACE FUNCTION one.f() RETURNS wasm.module LANGUAGE wasm AS '(module)'$$),
    outcome($$CREATE OR REPLACE FUNCTION one.f() RETURNS bigint LANGUAGE wasm AS 'm'$$),
    outcome($$CREATE OR REPLACE PROCEDURE one.f() LANGUAGE wasm AS 'm'$$);
-- a module that gets another language is no module any more
BEGIN;
CREATE OR REPLACE FUNCTION one.m() RETURNS wasm.module LANGUAGE sql AS $$ SELECT 'module', 8::int8, '', '{}'::text[] $$;
SELECT outcome('SELECT one.f()'), kind FROM one.m();
ROLLBACK;
-- a function that gets another language is no longer called by PL/Wasm, not even in the middle of a query
BEGIN;
DECLARE c CURSOR FOR SELECT one.f() FROM generate_series(1, 3);
FETCH c;
CREATE OR REPLACE FUNCTION one.f() RETURNS int LANGUAGE sql AS 'SELECT 4';
SELECT one.f();
\set VERBOSITY sqlstate
FETCH c;
\set VERBOSITY terse
ROLLBACK;
SELECT one.f();

-- OWNER: the function's owner needs EXECUTE on the module
CREATE ROLE ann;
GRANT USAGE, CREATE ON SCHEMA one TO ann;
ALTER FUNCTION one.f OWNER TO ann;
REVOKE EXECUTE ON FUNCTION one.m FROM PUBLIC;
SELECT error('SELECT one.f()');
ALTER FUNCTION one.m OWNER TO ann;
SELECT * FROM all_of('one');
REASSIGN OWNED BY ann TO CURRENT_USER;
SELECT * FROM all_of('one');
DROP OWNED BY ann;
DROP ROLE ann;

SET client_min_messages = error;
DROP TABLE made;
DROP FUNCTION all_of;
DROP SCHEMA one, two CASCADE;

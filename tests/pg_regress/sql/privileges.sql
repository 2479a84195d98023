-- Who may do what. The language is trusted: an ordinary role creates and uses functions.
CREATE ROLE ann;
CREATE ROLE bob;
CREATE SCHEMA ann AUTHORIZATION ann;
CREATE SCHEMA bob AUTHORIZATION bob;

SET ROLE ann;
CREATE FUNCTION ann.tools() RETURNS wasm.module LANGUAGE wasm AS
    '(module (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))';
CREATE FUNCTION ann.twice(int) RETURNS int LANGUAGE wasm AS 'tools';
SELECT ann.twice(21);
SELECT wasm.create_module('ann.tiny', '\x0061736d01000000');
SELECT module, owner FROM wasm.modules WHERE owner = 'ann' ORDER BY 1::text;
DO LANGUAGE wasm '(module (func (export "run")))';
-- create_module creates as its caller, who needs the privileges of CREATE FUNCTION
SELECT outcome($$SELECT wasm.create_module('bob.tiny', '\x0061736d01000000')$$);
SELECT outcome($$SELECT wasm.create_module('pg_catalog.tiny', '\x0061736d01000000')$$);
RESET ROLE;

-- without USAGE of the module's schema there is no way to name it, as everywhere in PostgreSQL
SET ROLE bob;
SELECT outcome($$CREATE FUNCTION bob.twice(int) RETURNS int LANGUAGE wasm AS 'ann.tools'$$);
RESET ROLE;
GRANT USAGE ON SCHEMA ann, bob TO PUBLIC;
DROP FUNCTION IF EXISTS bob.twice(int);

-- EXECUTE on the module is the right to use it, and is asked of the owner of the function that names it
REVOKE EXECUTE ON FUNCTION ann.tools() FROM PUBLIC;
SET ROLE bob;
SELECT error($$CREATE FUNCTION bob.twice(int) RETURNS int LANGUAGE wasm AS 'ann.tools'$$);
SET check_function_bodies = off;
CREATE FUNCTION bob.twice(int) RETURNS int LANGUAGE wasm AS 'ann.tools';
RESET check_function_bodies;
SELECT error('SELECT bob.twice(21)');
-- not of the caller: ann's function serves bob
SELECT ann.twice(21);
RESET ROLE;
-- nor of a superuser who calls
SELECT outcome('SELECT bob.twice(21)');
GRANT EXECUTE ON FUNCTION ann.tools() TO bob;
SELECT outcome('SELECT bob.twice(21)');
-- seen at the next call
REVOKE EXECUTE ON FUNCTION ann.tools() FROM bob;
SELECT outcome('SELECT bob.twice(21)');
-- by membership
GRANT ann TO bob;
SELECT outcome('SELECT bob.twice(21)');
REVOKE ann FROM bob;
-- USAGE on the schema is asked of who names a module in it, once
GRANT EXECUTE ON FUNCTION ann.tools() TO bob;
REVOKE USAGE ON SCHEMA ann FROM PUBLIC;
SELECT outcome('SELECT bob.twice(21)');
SET ROLE bob;
SELECT error($$CREATE OR REPLACE FUNCTION bob.twice(int) RETURNS int LANGUAGE wasm AS 'ann.tools'$$);
SET check_function_bodies = off;
SELECT outcome($$CREATE OR REPLACE FUNCTION bob.twice(int) RETURNS int LANGUAGE wasm AS 'ann.tools'$$);
-- a module that is not there yet has not been named
CREATE FUNCTION bob.early(int) RETURNS int LANGUAGE wasm AS 'later.tools#twice';
RESET check_function_bodies;
RESET ROLE;
CREATE SCHEMA later;
CREATE FUNCTION later.tools() RETURNS wasm.module LANGUAGE wasm AS
    '(module (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))';
SELECT outcome('SELECT bob.early(21)');
-- nor is it named when somebody else has it validated
SELECT outcome('SELECT wasm.validator(''bob.early(int)''::regprocedure)');
GRANT USAGE ON SCHEMA later TO bob;
SELECT outcome('SELECT bob.early(21)');
REVOKE USAGE ON SCHEMA later FROM bob;
SELECT outcome('SELECT bob.early(21)');
GRANT USAGE ON SCHEMA ann TO PUBLIC;
REVOKE EXECUTE ON FUNCTION ann.tools() FROM bob;
-- by a change of owner
ALTER FUNCTION bob.twice(int) OWNER TO ann;
SELECT outcome('SELECT bob.twice(21)');
-- EXECUTE on the function itself is PostgreSQL's own business
REVOKE EXECUTE ON FUNCTION ann.twice(int) FROM PUBLIC;
SET ROLE bob;
SELECT outcome('SELECT ann.twice(21)');
RESET ROLE;

-- without USAGE on the language there are no new functions, and no DO
REVOKE USAGE ON LANGUAGE wasm FROM PUBLIC;
SET ROLE bob;
SELECT outcome($$CREATE FUNCTION bob.f() RETURNS int LANGUAGE wasm AS '(module (func (export "f") (result i32) (i32.const 1)))'$$);
SELECT outcome($$SELECT wasm.create_module('bob.tiny', '\x0061736d01000000')$$);
SELECT outcome($$DO LANGUAGE wasm '(module (func (export "run")))'$$);
-- but old ones work
SELECT bob.twice(21);
-- the validator is not a way around
SELECT outcome(format('SELECT wasm.validator(%s)', 'ann.twice(int)'::regprocedure::oid)) LIKE '42501: permission denied%' AS denied;
RESET ROLE;
GRANT USAGE ON LANGUAGE wasm TO PUBLIC;

SET client_min_messages = error;
DROP SCHEMA ann, bob, later CASCADE;
DROP ROLE ann, bob;

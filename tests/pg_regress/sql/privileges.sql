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

-- without USAGE on the module's schema a role cannot name the module, as everywhere in PostgreSQL
SET ROLE bob;
SELECT outcome($$CREATE FUNCTION bob.twice(int) RETURNS int LANGUAGE wasm AS 'ann.tools'$$);
RESET ROLE;
GRANT USAGE ON SCHEMA ann, bob TO PUBLIC;
DROP FUNCTION IF EXISTS bob.twice(int);

-- using a module takes EXECUTE on it, which the owner of the function that names it must have
REVOKE EXECUTE ON FUNCTION ann.tools() FROM PUBLIC;
SET ROLE bob;
SELECT error($$CREATE FUNCTION bob.twice(int) RETURNS int LANGUAGE wasm AS 'ann.tools'$$);
SET check_function_bodies = off;
CREATE FUNCTION bob.twice(int) RETURNS int LANGUAGE wasm AS 'ann.tools';
RESET check_function_bodies;
SELECT error('SELECT bob.twice(21)');
-- the caller need not have it: ann's function works for bob
SELECT ann.twice(21);
RESET ROLE;
-- nor does it help that the caller is a superuser
SELECT outcome('SELECT bob.twice(21)');
GRANT EXECUTE ON FUNCTION ann.tools() TO bob;
SELECT outcome('SELECT bob.twice(21)');
-- a change counts from the next call on
REVOKE EXECUTE ON FUNCTION ann.tools() FROM bob;
SELECT outcome('SELECT bob.twice(21)');
-- the privilege through membership in a role
GRANT ann TO bob;
SELECT outcome('SELECT bob.twice(21)');
REVOKE ann FROM bob;
-- USAGE on the schema is checked once, for the role that names a module in it
GRANT EXECUTE ON FUNCTION ann.tools() TO bob;
REVOKE USAGE ON SCHEMA ann FROM PUBLIC;
SELECT outcome('SELECT bob.twice(21)');
SET ROLE bob;
SELECT error($$CREATE OR REPLACE FUNCTION bob.twice(int) RETURNS int LANGUAGE wasm AS 'ann.tools'$$);
SET check_function_bodies = off;
SELECT outcome($$CREATE OR REPLACE FUNCTION bob.twice(int) RETURNS int LANGUAGE wasm AS 'ann.tools'$$);
-- a module that does not exist yet has not been named
CREATE FUNCTION bob.early(int) RETURNS int LANGUAGE wasm AS 'later.tools#twice';
RESET check_function_bodies;
RESET ROLE;
CREATE SCHEMA later;
CREATE FUNCTION later.tools() RETURNS wasm.module LANGUAGE wasm AS
    '(module (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))';
SELECT outcome('SELECT bob.early(21)');
-- nor has it been named if another role has the function validated
SELECT outcome('SELECT wasm.validator(''bob.early(int)''::regprocedure)');
GRANT USAGE ON SCHEMA later TO bob;
SELECT outcome('SELECT bob.early(21)');
REVOKE USAGE ON SCHEMA later FROM bob;
SELECT outcome('SELECT bob.early(21)');
GRANT USAGE ON SCHEMA ann TO PUBLIC;
REVOKE EXECUTE ON FUNCTION ann.tools() FROM bob;
-- by a change of the owner
ALTER FUNCTION bob.twice(int) OWNER TO ann;
SELECT outcome('SELECT bob.twice(21)');
-- PostgreSQL itself checks EXECUTE on the function
REVOKE EXECUTE ON FUNCTION ann.twice(int) FROM PUBLIC;
SET ROLE bob;
SELECT outcome('SELECT ann.twice(21)');
RESET ROLE;

-- without USAGE on the language a role can neither create functions nor use DO
REVOKE USAGE ON LANGUAGE wasm FROM PUBLIC;
SET ROLE bob;
SELECT outcome($$CREATE FUNCTION bob.f() RETURNS int LANGUAGE wasm AS '(module (func (export "f") (result i32) (i32.const 1)))'$$);
SELECT outcome($$SELECT wasm.create_module('bob.tiny', '\x0061736d01000000')$$);
SELECT outcome($$DO LANGUAGE wasm '(module (func (export "run")))'$$);
-- existing functions work
SELECT bob.twice(21);
-- the validator cannot be used to evade this
SELECT outcome(format('SELECT wasm.validator(%s)', 'ann.twice(int)'::regprocedure::oid)) LIKE '42501: permission denied%' AS denied;
RESET ROLE;
GRANT USAGE ON LANGUAGE wasm TO PUBLIC;

SET client_min_messages = error;
DROP SCHEMA ann, bob, later CASCADE;
DROP ROLE ann, bob;

-- Modules: created, described, listed, referred to, dropped.

CREATE FUNCTION tools() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "half") (param f64) (result f64) (f64.div (local.get 0) (f64.const 2)))
  (func (export "nothing"))
  (memory (export "memory") 1))
$$;
-- a module describes itself
SELECT kind, size, length(sha256), exports FROM tools();
SELECT * FROM wasm.exports('tools');
SELECT (tools()).kind;

-- by any client, from a bytea
SELECT wasm.create_module('tiny', '\x0061736d01000000');
SELECT outcome($$SELECT wasm.create_module('tiny', '\x0061736d01000000')$$);
SELECT wasm.create_module('tiny', '\x0061736d01000000', replace => true);
SELECT * FROM tiny();
SELECT tiny.sha256 = encode(sha256('\x0061736d01000000'), 'hex') AS "is the SHA-256" FROM tiny();
-- names are SQL names: qualified, quoted, and safe against injection
CREATE SCHEMA "Other";
SELECT wasm.create_module('"Other"."T; DROP "" $wasm$"', '\x0061736d01000000');
SELECT outcome($$SELECT wasm.create_module('a.b.c', '\x')$$);
SELECT outcome($$SELECT wasm.create_module('', '\x')$$);
SELECT outcome($$SELECT wasm.create_module('nosuch.tiny', '\x0061736d01000000')$$);
-- NULL arguments
SELECT wasm.create_module('nothing', NULL) IS NULL AS null;
-- code that is no module
SELECT error($$SELECT wasm.create_module('bad', '\x00')$$);
SELECT error($$SELECT wasm.create_module('bad', '\x0061736d01000000ff')$$);

SELECT module, schema, name, owner = current_user AS mine, kind, size, length(sha256) AS sha256
  FROM wasm.modules ORDER BY module::text COLLATE "C";
-- a bad module does not hide the others, and a call of it says what is wrong
SET check_function_bodies = off;
CREATE FUNCTION rotten() RETURNS wasm.module LANGUAGE wasm AS 'rotten';
RESET check_function_bodies;
SELECT name, kind, size, sha256 FROM wasm.modules WHERE name = 'rotten';
SELECT outcome('SELECT * FROM rotten()');
SELECT outcome($$SELECT * FROM wasm.exports('rotten')$$);
DROP FUNCTION rotten;

-- a function that is a module takes no arguments and returns wasm.module
SELECT outcome($$CREATE FUNCTION z(int) RETURNS wasm.module LANGUAGE wasm AS '(module)'$$);
SELECT outcome($$CREATE FUNCTION z() RETURNS SETOF wasm.module LANGUAGE wasm AS '(module)'$$);

-- functions depend on the module that they name, also if bodies are not checked
CREATE FUNCTION add(int, int) RETURNS int LANGUAGE wasm AS 'tools';
SET check_function_bodies = off;
CREATE FUNCTION half(float8) RETURNS float8 LANGUAGE wasm AS 'tools';
RESET check_function_bodies;
SELECT add(1, 2), half(3);
\set VERBOSITY default
DROP FUNCTION tools;
\set VERBOSITY terse
-- a function that no longer names the module does not depend on it
CREATE OR REPLACE FUNCTION half(float8) RETURNS float8 LANGUAGE wasm AS
    '(module (func (export "half") (param f64) (result f64) (local.get 0)))';
BEGIN;
DROP FUNCTION tools CASCADE;
SELECT half(3);
ROLLBACK;
SELECT add(1, 2);

-- a module that was renamed is found, also after it got its name back
ALTER FUNCTION tools RENAME TO instruments;
SELECT outcome('SELECT add(1, 2)');
ALTER FUNCTION instruments RENAME TO tools;
SELECT add(1, 2);
-- both can move
ALTER FUNCTION tools() SET SCHEMA "Other";
SELECT outcome('SELECT add(1, 2)');
ALTER FUNCTION add(int, int) SET SCHEMA "Other";
SELECT "Other".add(1, 2);
-- search_path is never used: a decoy in its first schema changes nothing
CREATE SCHEMA decoy;
CREATE FUNCTION decoy.tools() RETURNS wasm.module LANGUAGE wasm AS
    '(module (func (export "add") (param i32 i32) (result i32) (i32.const 666)))';
SET search_path = decoy, public;
SELECT "Other".add(1, 2);
CREATE FUNCTION "Other".plus(int, int) RETURNS int LANGUAGE wasm AS 'tools#add';
SELECT "Other".plus(1, 2);
-- the same at creation, if the function is created in public, which has no such module
SELECT outcome($$CREATE FUNCTION public.minus(int, int) RETURNS int LANGUAGE wasm AS 'tools#add'$$);
RESET search_path;

-- functions in pg_temp use modules in pg_temp
CREATE FUNCTION pg_temp.brief() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export "f") (result i32) (i32.const 5)))';
CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE wasm AS 'brief';
SELECT pg_temp.f();

-- functions with isolation=statement share an instance and its memory within a statement, other functions do not
CREATE FUNCTION cell() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (global $cell (mut i32) (i32.const 0))
  (func (export "put") (param i32) (result i32) (global.set $cell (local.get 0)) (local.get 0))
  (func (export "get") (result i32) (global.get $cell)))
$$;
CREATE FUNCTION put(int) RETURNS int LANGUAGE wasm VOLATILE AS 'cell#put isolation=statement';
CREATE FUNCTION get() RETURNS int LANGUAGE wasm VOLATILE AS 'cell#get isolation=statement';
CREATE FUNCTION put_alone(int) RETURNS int LANGUAGE wasm VOLATILE AS 'cell#put';
CREATE FUNCTION get_alone() RETURNS int LANGUAGE wasm VOLATILE AS 'cell#get';
SELECT put(7), get(), get_alone(), put_alone(8), get(), get_alone();
SELECT * FROM wasm.exports('cell');

SET client_min_messages = error;
DROP SCHEMA "Other", decoy CASCADE;
DROP FUNCTION tiny;
DROP FUNCTION cell CASCADE;
DROP FUNCTION half;
RESET client_min_messages;
SELECT count(*) FROM wasm.modules WHERE schema = 'public' AND name <> 'strings';

-- source: of our own; no report read (functions are tried out in pg_temp)
-- situation: modules and functions in pg_temp, named so
-- expected: found under pg_temp, gone with the session
CREATE FUNCTION pg_temp.lib() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export "twice") (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1))))';
CREATE FUNCTION pg_temp.twice(int) RETURNS int LANGUAGE wasm AS 'lib';
CREATE FUNCTION pg_temp.twice_too(int) RETURNS int LANGUAGE wasm AS 'pg_temp.lib#twice';
SELECT pg_temp.gives('in the same schema', 'SELECT pg_temp.twice(2)', '4');
SELECT pg_temp.gives('named pg_temp', 'SELECT pg_temp.twice_too(2)', '4');
SELECT pg_temp.gives('exports', $$SELECT count(*) FROM wasm.exports('pg_temp.lib')$$, '1');
SELECT pg_temp.gives('create_module', $$SELECT wasm.create_module('pg_temp.other', decode('0061736d01000000', 'hex')) IS NOT NULL$$, 'true');

-- source: ParabolInc/parabol #6017 (a dumped schema is renamed before it is restored); denishpatel/pg-clone-schema
-- situation: functions, modules and schemas are renamed or moved, as in migrations
-- expected: what PL/pgSQL and C functions do: they go on under the new name
CREATE SCHEMA IF NOT EXISTS r61_b;
SELECT pg_temp.def('plus_one(int) RETURNS int', '(func (export "plus_one") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))');
CREATE FUNCTION lib() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export "twice") (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1))))';
CREATE FUNCTION twice(int) RETURNS int LANGUAGE wasm AS 'lib';
CREATE FUNCTION double(int) RETURNS int LANGUAGE wasm AS 'lib#twice';
CREATE FUNCTION far(int) RETURNS int LANGUAGE wasm AS 'r61.lib#twice';
SELECT pg_temp.gives('all', $$SELECT plus_one(1) || '' || twice(1) || double(1) || far(1)$$, '2222');
ALTER FUNCTION plus_one RENAME TO increment;
SELECT pg_temp.gives('a function with its code, renamed', 'SELECT increment(1)', '2');
ALTER FUNCTION twice RENAME TO two_times;
SELECT pg_temp.gives('one that names a module only, renamed', 'SELECT two_times(1)', '2');
ALTER FUNCTION double(int) RENAME TO doubled;
SELECT pg_temp.gives('one that names an export, renamed', 'SELECT doubled(1)', '2');
ALTER FUNCTION doubled(int) SET SCHEMA r61_b;
SELECT pg_temp.gives('moved to another schema', 'SELECT r61_b.doubled(1)', '2');
ALTER FUNCTION far(int) SET SCHEMA r61_b;
SELECT pg_temp.gives('moved, with its module''s schema in the body', 'SELECT r61_b.far(1)', '2');
ALTER FUNCTION lib() RENAME TO library;
SELECT pg_temp.gives('its module renamed', 'SELECT r61_b.far(1)', '2');
ALTER FUNCTION library() RENAME TO lib;
ALTER SCHEMA r61 RENAME TO r61_renamed;
SELECT pg_temp.gives('its module''s schema renamed', 'SELECT r61_b.far(1)', '2');
ALTER SCHEMA r61_renamed RENAME TO r61;
DROP SCHEMA r61_b CASCADE;

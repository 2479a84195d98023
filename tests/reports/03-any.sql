-- source: plv8/pljs #49
-- situation: a parameter of pseudo-type "any", which is not VARIADIC; a call with an int crashed the server there
-- expected: refused when it is created, as PL/pgSQL does, with a message about the type; the session goes on
SELECT pg_temp.gives('"any"', $$CREATE FUNCTION shown("any") RETURNS text LANGUAGE wasm AS '(module (memory (export "memory") 1) (func (export "shown") (param i32) (result i32) (i32.const 8)))'$$, 'ERROR 0A000');
SELECT pg_temp.gives('VARIADIC "any"', $$CREATE FUNCTION shown(VARIADIC "any") RETURNS text LANGUAGE wasm AS '(module (memory (export "memory") 1) (func (export "shown") (param i32) (result i32) (i32.const 8)))'$$, 'ERROR 0A000');
SELECT pg_temp.gives('internal', $$CREATE FUNCTION shown(internal) RETURNS internal LANGUAGE wasm AS '(module (func (export "shown") (param i64) (result i64) (local.get 0)))'$$, 'ERROR 0A000');
SELECT pg_temp.gives('unknown', $$CREATE FUNCTION shown(unknown) RETURNS int LANGUAGE wasm AS '(module (func (export "shown") (param i32) (result i32) (local.get 0)))'$$, 'ERROR');
SELECT pg_temp.gives('the message does not say VARIADIC of what is not', $$SELECT message NOT LIKE '%VARIADIC%' FROM (SELECT got AS message FROM seen WHERE what = '"any"') _$$, 'true');

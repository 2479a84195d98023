-- Large numbers: a thousand modules in one statement, and a thousand functions of one module.
CREATE SCHEMA many;
SET search_path = many;
CREATE TABLE server AS SELECT public.server_started() AS started;
CREATE FUNCTION sum_of(name text, OUT sum int) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE (SELECT 'SELECT ' || string_agg(format('%s%s()', name, i), ' + ') FROM generate_series(1, 1000) i) INTO sum;
END
$$;
DO $$
BEGIN
    FOR i IN 1..1000 LOOP
        EXECUTE format('CREATE FUNCTION f%s() RETURNS int LANGUAGE wasm AS %L', i,
            format('(module (memory 1) (func (export "f%s") (result i32) (i32.const %s)))', i, i));
    END LOOP;
END
$$;
SELECT sum_of('f');
-- more modules than the number of instances that a backend keeps
CREATE FUNCTION f1001() RETURNS int LANGUAGE wasm AS '(module (memory 1) (func (export "f1001") (result i32) (i32.const 1001)))';
SELECT sum_of('f') + f1001() + f1() AS sum;

DO $$
BEGIN
    EXECUTE format('CREATE FUNCTION thousand() RETURNS wasm.module LANGUAGE wasm AS %L', '(module (memory 1)' ||
        (SELECT string_agg(format('(func (export "t%s") (result i32) (i32.const %s))', i, i), '') FROM generate_series(1, 1000) i) || ')');
    FOR i IN 1..1000 LOOP
        EXECUTE format('CREATE FUNCTION t%s() RETURNS int LANGUAGE wasm AS ''thousand''', i);
    END LOOP;
END
$$;
SELECT sum_of('t'), (SELECT count(*) FROM wasm.exports('thousand')) AS exports, cardinality((thousand()).exports);
-- all of them are replaced
CREATE OR REPLACE FUNCTION thousand() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export "t1") (result i32) (i32.const -1)))';
SELECT t1(), public.outcome('SELECT many.t2()');

SELECT started = public.server_started() AS "same server" FROM server;
SET client_min_messages = error;
DROP SCHEMA many CASCADE;

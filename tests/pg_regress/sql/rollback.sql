-- CREATE, REPLACE, ALTER and DROP are undone by a rollback, in transactions, savepoints and EXCEPTION blocks.
CREATE FUNCTION code(v int) RETURNS text LANGUAGE sql AS $$
    SELECT format('(module (func (export "f") (result i32) (i32.const %s)))', v)
$$;
CREATE PROCEDURE set_function(v int) LANGUAGE plpgsql AS $$ BEGIN
    EXECUTE format('CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE wasm AS %L', code(v));
END $$;
CREATE PROCEDURE set_module(v int) LANGUAGE plpgsql AS $$ BEGIN
    EXECUTE format('CREATE OR REPLACE FUNCTION m() RETURNS wasm.module LANGUAGE wasm AS %L', code(v));
END $$;
CALL set_function(1);
CALL set_module(1);
CREATE FUNCTION g() RETURNS int LANGUAGE wasm AS 'm#f';
CREATE FUNCTION g_stateful() RETURNS int LANGUAGE wasm AS 'm#f isolation=statement';
CREATE FUNCTION through_plpgsql() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN f() || ' ' || g(); END $$;
CREATE VIEW now_ AS SELECT f(), g(), g_stateful(), through_plpgsql();
PREPARE p AS TABLE now_;
EXECUTE p;

-- CREATE
BEGIN;
CREATE FUNCTION later() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export "f") (result i32) (i32.const 7)))';
CREATE FUNCTION h() RETURNS int LANGUAGE wasm AS 'later#f';
SELECT h();
ROLLBACK;
SELECT outcome('SELECT h()'), outcome($$CREATE FUNCTION h() RETURNS int LANGUAGE wasm AS 'later#f'$$);
-- another function of the same name
CREATE FUNCTION later() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export "f") (result i32) (i32.const 8)))';
CREATE FUNCTION h() RETURNS int LANGUAGE wasm AS 'later#f';
SELECT h();
-- objects that depended on it are gone, too
BEGIN;
CREATE FUNCTION i() RETURNS int LANGUAGE wasm AS 'later#f';
CREATE OR REPLACE FUNCTION h() RETURNS int LANGUAGE wasm AS 'm#f';
SELECT h(), i(), outcome('DROP FUNCTION later');
ROLLBACK;
SELECT h(), outcome('DROP FUNCTION later');
DROP FUNCTION later, h;

-- REPLACE, of the function and of the module
BEGIN;
CALL set_function(2);
EXECUTE p;
CALL set_module(2);
EXECUTE p;
SAVEPOINT s;
CALL set_function(3);
CALL set_module(3);
EXECUTE p;
SAVEPOINT t;
CALL set_function(4);
CALL set_module(4);
RELEASE t;
EXECUTE p;
ROLLBACK TO s;
EXECUTE p;
-- a version that is not called before it is undone
CALL set_module(5);
ROLLBACK TO s;
EXECUTE p;
CALL set_module(6);
EXECUTE p;
ROLLBACK;
EXECUTE p;

-- DROP
BEGIN;
DROP FUNCTION m CASCADE;
SELECT f(), outcome('SELECT g()'), outcome('EXECUTE p');
SAVEPOINT s;
CALL set_module(7);
CREATE FUNCTION g() RETURNS int LANGUAGE wasm AS 'm#f';
SELECT f(), g();
ROLLBACK TO s;
SELECT f(), outcome('SELECT g()');
ROLLBACK;
EXECUTE p;
-- functions depend on the module as before
SELECT outcome('DROP FUNCTION m');

-- ALTER
BEGIN;
ALTER FUNCTION m RENAME TO n;
SELECT outcome('SELECT g()');
SAVEPOINT s;
CALL set_module(9);
SELECT g();
ROLLBACK TO s;
ALTER FUNCTION n RENAME TO m;
SELECT g();
CREATE SCHEMA elsewhere;
ALTER FUNCTION m SET SCHEMA elsewhere;
SELECT outcome('SELECT g()');
ROLLBACK;
EXECUTE p;

-- EXCEPTION blocks are savepoints, and a call site lives on across them
CREATE FUNCTION attempts() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    change text;
BEGIN
    FOREACH change IN ARRAY ARRAY[
        'CALL set_function(10)', 'CALL set_module(11)', 'DROP FUNCTION f CASCADE', 'DROP FUNCTION m CASCADE',
        'ALTER FUNCTION m RENAME TO n', 'DROP EXTENSION plwasm CASCADE'] LOOP
        DECLARE
            during text;
        BEGIN
            EXECUTE change;
            BEGIN
                during := f() || ' ' || g();
            EXCEPTION WHEN OTHERS THEN
                during := SQLSTATE;
            END;
            RAISE 'undone';
        EXCEPTION WHEN raise_exception THEN
            RETURN NEXT format('%s: %s, then %s %s', change, during, f(), g());
        END;
    END LOOP;
END $$;
SET client_min_messages = error;
SELECT * FROM attempts();
RESET client_min_messages;
-- 300 times, each with a row of pg_proc of its own
DO $$
DECLARE
    wrong int := 0;
BEGIN
    FOR i IN 1..300 LOOP
        BEGIN
            CALL set_function(i + 100);
            CALL set_module(i + 1000);
            wrong := wrong + (f() <> i + 100)::int + (g() <> i + 1000)::int;
            RAISE 'undone';
        EXCEPTION WHEN raise_exception THEN
            wrong := wrong + (f() <> 1)::int + (g() <> 1)::int;
        END;
    END LOOP;
    RAISE WARNING '% wrong', wrong;
END $$;
EXECUTE p;

DEALLOCATE p;
DROP VIEW now_;
DROP FUNCTION g, g_stateful, m, f, through_plpgsql, attempts, code;
DROP PROCEDURE set_function, set_module;

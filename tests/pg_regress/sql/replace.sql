-- CREATE OR REPLACE is seen at the next call, wherever the call is.
CREATE FUNCTION edition() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export "v") (param i32) (result i32) (i32.const 1)))';
CREATE FUNCTION v(int) RETURNS int LANGUAGE wasm AS 'edition';
CREATE FUNCTION through_plpgsql() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before int := v(0);
BEGIN
    CREATE OR REPLACE FUNCTION edition() RETURNS wasm.module LANGUAGE wasm AS
        '(module (func (export "v") (param i32) (result i32) (i32.const 3)))';
    RETURN before || ' then ' || v(0);
END
$$;
PREPARE prepared(int) AS SELECT v($1);
EXECUTE prepared(0);

-- the module
CREATE OR REPLACE FUNCTION edition() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export "v") (param i32) (result i32) (i32.const 2)))';
SELECT v(0);
EXECUTE prepared(0);
-- twice in one statement, by the function itself
SELECT through_plpgsql();
SELECT v(0);
EXECUTE prepared(0);
-- the function
CREATE OR REPLACE FUNCTION v(int) RETURNS int LANGUAGE wasm AS '(module (func (export "v") (param i32) (result i32) (i32.const 4)))';
SELECT v(0);
EXECUTE prepared(0);
SELECT through_plpgsql();

-- undone by a transaction and by a savepoint
BEGIN;
CREATE OR REPLACE FUNCTION v(int) RETURNS int LANGUAGE wasm AS '(module (func (export "v") (param i32) (result i32) (i32.const 5)))';
SELECT v(0);
SAVEPOINT s;
CREATE OR REPLACE FUNCTION v(int) RETURNS int LANGUAGE wasm AS '(module (func (export "v") (param i32) (result i32) (i32.const 6)))';
SELECT v(0);
ROLLBACK TO s;
SELECT v(0);
ROLLBACK;
SELECT v(0);

-- in the middle of a query: a cursor goes on with the new one
BEGIN;
DECLARE c CURSOR FOR SELECT v(i) FROM generate_series(1, 4) i;
FETCH 2 c;
CREATE OR REPLACE FUNCTION v(int) RETURNS int LANGUAGE wasm AS '(module (func (export "v") (param i32) (result i32) (i32.const 7)))';
FETCH c;
-- a module that no longer has the export, one with another type, and one that is gone
CREATE OR REPLACE FUNCTION v(int) RETURNS int LANGUAGE wasm AS 'edition';
CREATE OR REPLACE FUNCTION edition() RETURNS wasm.module LANGUAGE wasm AS '(module)';
SELECT outcome('SELECT v(0)');
CREATE OR REPLACE FUNCTION edition() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export "v") (result i32) (i32.const 8)))';
SELECT outcome('SELECT v(0)');
DROP FUNCTION v;
\set VERBOSITY sqlstate
FETCH c;
\set VERBOSITY terse
ROLLBACK;

DEALLOCATE prepared;
DROP FUNCTION through_plpgsql;
DROP FUNCTION v;
DROP FUNCTION edition;

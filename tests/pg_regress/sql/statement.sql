-- With isolation=statement an instance lives as long as one execution of one query, and serves one role. Nothing that
-- happens meanwhile removes its state, and no other execution sees it.
CREATE FUNCTION counter() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory 1)
  (global $n (mut i32) (i32.const 0))
  (func (export "count") (result i32)
    (global.set $n (i32.add (global.get $n) (i32.const 1)))
    (global.get $n))
  (func (export "cost") (param i32) (result i32)
    (loop (br_if 0 (i32.gt_s (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) (i32.const 0))))
    (global.get $n))
  (func (export "compare") (param i32 i32) (result i32)
    (global.set $n (i32.add (global.get $n) (i32.const 10)))
    (i32.sub (i32.gt_s (local.get 0) (local.get 1)) (i32.lt_s (local.get 0) (local.get 1))))
  (func (export "trap") unreachable))
$$;
CREATE FUNCTION counted() RETURNS int LANGUAGE wasm AS 'counter#count isolation=statement';
CREATE FUNCTION cost(int) RETURNS int LANGUAGE wasm AS 'counter#cost isolation=statement';
CREATE FUNCTION trap() RETURNS void LANGUAGE wasm AS 'counter#trap isolation=statement';
-- functions of other modules
CREATE FUNCTION other_trap() RETURNS void LANGUAGE wasm AS '(module (func (export "other_trap") unreachable))';
CREATE FUNCTION alone() RETURNS int LANGUAGE wasm AS '(module (func (export "alone") (result i32) (i32.const 1)))';
CREATE FUNCTION caught(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE query;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
CREATE VIEW seven AS SELECT counted() FROM generate_series(1, 7);

-- rows are fetched in portions
BEGIN;
DECLARE c CURSOR FOR TABLE seven;
FETCH 3 FROM c;
FETCH 3 FROM c;
FETCH 3 FROM c;
COMMIT;
\set FETCH_COUNT 2
TABLE seven;
\unset FETCH_COUNT

-- several cursors at once, and queries between them; one is closed, another is held
BEGIN;
DECLARE a CURSOR FOR TABLE seven;
DECLARE b CURSOR FOR TABLE seven;
DECLARE h CURSOR WITH HOLD FOR TABLE seven;
FETCH a;
FETCH 2 FROM b;
SELECT counted(), counted();
FETCH a;
FETCH 2 FROM h;
CLOSE b;
FETCH a;
DECLARE b CURSOR FOR TABLE seven;
FETCH b;
FETCH a;
COMMIT;
FETCH 3 FROM h;
CLOSE h;

-- two statements of one message, also in one transaction
SELECT counted(), counted() \; SELECT counted();
BEGIN \; SELECT counted(), counted() \; SELECT counted() \; COMMIT \; SELECT counted();
DO 'BEGIN PERFORM counted(); END' \; SELECT counted();
-- prepared statements
PREPARE p AS SELECT counted(), counted();
EXECUTE p;
EXECUTE p;
EXECUTE p \; EXECUTE p;
DEALLOCATE p;

-- errors that are caught, in the same module and in another
SELECT counted(), caught('SELECT trap()'), counted(), caught('SELECT other_trap()'), counted(), caught('SELECT 1 / 0'), counted();
SELECT n, caught('SELECT trap()') FROM (SELECT counted() AS n FROM generate_series(1, 3) OFFSET 0) _;
SELECT counted(), caught('SELECT counted() / 0'), counted();
DO $$
DECLARE
    n int;
    s text := '';
BEGIN
    -- more rows than PL/pgSQL fetches at once
    FOR n IN SELECT counted() FROM generate_series(1, 120) LOOP
        BEGIN
            IF n % 2 = 0 THEN PERFORM trap(); ELSE PERFORM other_trap(); END IF;
        EXCEPTION WHEN external_routine_exception THEN
            s := s || CASE WHEN n IN (1, 10, 11, 60, 61, 120) THEN n || ' ' ELSE '' END;
        END;
    END LOOP;
    RAISE WARNING '%', s;
END $$;
-- a cursor that was opened before a savepoint goes on after a rollback to it
BEGIN;
DECLARE c CURSOR FOR TABLE seven;
FETCH c;
SAVEPOINT s;
FETCH c;
SELECT trap();
ROLLBACK TO s;
FETCH c;
SAVEPOINT s;
SELECT counted() FROM no_such_table;
ROLLBACK TO s;
FETCH c;
ROLLBACK;
-- a cursor whose function trapped does not go on
BEGIN;
DECLARE c CURSOR FOR SELECT CASE WHEN g = 3 THEN trap()::text ELSE counted()::text END FROM generate_series(1, 5) g;
FETCH 2 FROM c;
SAVEPOINT s;
FETCH c;
ROLLBACK TO s;
FETCH c;
ROLLBACK;
SELECT counted();

-- functions that run queries of their own
CREATE FUNCTION own_twice() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    one int;
    two int;
BEGIN
    SELECT counted() INTO one;
    EXECUTE 'SELECT counted() + counted()' INTO two;
    RETURN one || ' ' || two;
END $$;
SELECT counted(), own_twice(), counted() FROM generate_series(1, 2);
CREATE FUNCTION inlined() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT counted()';
CREATE FUNCTION not_inlined() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT counted(); SELECT counted() + counted()';
CREATE FUNCTION lazily() RETURNS SETOF int LANGUAGE sql VOLATILE AS 'TABLE seven';
SELECT counted(), inlined(), not_inlined(), inlined() FROM generate_series(1, 2);
SELECT lazily(), counted() LIMIT 3;
SELECT lazily(), lazily(), own_twice() LIMIT 2;
-- one query is one execution
SELECT counted(), (SELECT counted()), (SELECT max(counted()) FROM generate_series(1, 3)) FROM generate_series(1, 2);
WITH one AS MATERIALIZED (SELECT counted() AS n), two AS MATERIALIZED (SELECT counted() AS n FROM one)
SELECT one.n + two.n, g.n FROM one, two, LATERAL (SELECT counted() + 0 * one.n AS n) g;
SELECT sum(counted()) FILTER (WHERE g < 4), count(*) FROM generate_series(1, 4) g;
SELECT array_agg(n ORDER BY counted() DESC) FROM unnest(ARRAY['a', 'b', 'c']) n;

-- expressions that PL/pgSQL evaluates without a query: each evaluation is an execution of its own
CREATE FUNCTION expressions() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    first int := counted() + counted();
    s text := first || ' ';
BEGIN
    FOR i IN 1 .. 3 LOOP
        s := s || counted() || counted() || ' ';
        IF counted() <> 1 THEN s := s || 'wrong '; END IF;
        BEGIN
            first := counted();
            PERFORM trap();
        EXCEPTION WHEN OTHERS THEN
            s := s || first || counted() || counted() || ' ';
        END;
    END LOOP;
    RETURN s || counted() || counted();
END $$;
SELECT expressions();
SELECT counted(), expressions(), counted(), expressions() = expressions(), counted();
BEGIN;
SELECT expressions();
SELECT expressions();
COMMIT;
DO $$
DECLARE
    n int := counted();
BEGIN
    n := 10 * n + counted();
    RAISE WARNING '% % %', n, counted() + counted(), counted();
    COMMIT;
    RAISE WARNING '% %', counted(), counted();
    RAISE WARNING '%', expressions();
    EXECUTE 'DO $do$ BEGIN RAISE WARNING ''within: % %'', counted() + counted(), counted(); END $do$';
END $$;
-- one execution within another
CREATE FUNCTION deeper(depth int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN counted() || CASE WHEN depth > 0 THEN '(' || deeper(depth - 1) || ')' ELSE '' END || counted();
END $$;
SELECT deeper(2), counted(), deeper(1);

-- procedures that commit in the middle
CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$
DECLARE
    n int;
    s text := '';
BEGIN
    FOR n IN SELECT counted() FROM generate_series(1, 70) LOOP
        IF n IN (1, 9, 11, 50, 60) THEN
            COMMIT;
        ELSIF n IN (3, 10, 30, 70) THEN
            ROLLBACK;
        END IF;
        s := s || CASE WHEN n IN (1, 2, 10, 11, 51, 60, 61, 70) THEN n || ' ' ELSE '' END;
    END LOOP;
    RAISE WARNING '% % %', s, counted(), counted();
END $$;
CALL commits();
CREATE PROCEDURE shown(int, int) LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING '% % %', $1, $2, counted(); COMMIT; RAISE WARNING '% % %', $1, $2, counted(); END $$;
CALL shown(counted(), counted());

-- one INSERT: defaults, checks, conditions of triggers, generated columns, RETURNING
CREATE TABLE numbers (n int DEFAULT counted(), other text, CONSTRAINT numbers_check CHECK (n + 1 = counted()));
INSERT INTO numbers SELECT FROM generate_series(1, 3) RETURNING n, counted();
COPY numbers (other) FROM stdin;
a
b
\.
TABLE numbers;
UPDATE numbers SET n = counted() WHERE other > '' RETURNING n, counted();
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE INSERT ON numbers FOR EACH ROW WHEN (counted() < 0) EXECUTE FUNCTION nothing();
ALTER TABLE numbers DROP CONSTRAINT numbers_check, ADD CONSTRAINT numbers_check CHECK (n + 2 = counted()) NOT VALID;
INSERT INTO numbers SELECT FROM generate_series(1, 3) RETURNING n, counted();
-- the functions of triggers have queries of their own
CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN SELECT counted() INTO NEW.other; RETURN NEW; END';
DROP TRIGGER t ON numbers;
CREATE TRIGGER t BEFORE INSERT ON numbers FOR EACH ROW EXECUTE FUNCTION own();
ALTER TABLE numbers DROP CONSTRAINT numbers_check;
INSERT INTO numbers SELECT FROM generate_series(1, 3) RETURNING *;
-- an expression that an index keeps for the session is called for a query, too
CREATE FUNCTION compared(int, int) RETURNS int LANGUAGE wasm IMMUTABLE AS 'counter#compare isolation=statement';
CREATE OPERATOR CLASS compared FOR TYPE int USING btree AS FUNCTION 1 compared(int, int);
CREATE TABLE parts (i int) PARTITION BY RANGE (i compared);
CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (100);
INSERT INTO parts SELECT g FROM generate_series(1, 5) g RETURNING i, counted() > 10 * i AS shared;
SELECT counted();
INSERT INTO parts VALUES (1) RETURNING counted() < 50 AS anew;

-- each role has a state of its own, which is there again when the role is back
CREATE ROLE other;
CREATE FUNCTION counted_definer() RETURNS int LANGUAGE wasm SECURITY DEFINER AS 'counter#count isolation=statement';
ALTER FUNCTION counted_definer() OWNER TO other;
SELECT counted(), counted_definer(), counted_definer(), counted();
BEGIN;
DECLARE c CURSOR FOR TABLE seven;
FETCH 2 FROM c;
SET ROLE other;
FETCH 2 FROM c;
RESET ROLE;
FETCH c;
SET ROLE other;
FETCH c;
COMMIT;
RESET ROLE;

-- limits that change meanwhile hold from the next execution on; a limit of fuel holds from the next call on
BEGIN;
DECLARE c CURSOR FOR TABLE seven;
DECLARE f CURSOR FOR SELECT counted(), cost(100) FROM generate_series(1, 4);
FETCH 2 FROM c;
FETCH f;
SET plwasm.memory = '1MB';
FETCH c;
SET plwasm.memory = '64kB';
SELECT counted();
FETCH c;
SAVEPOINT s;
SET plwasm.fuel = 100;
FETCH c;
FETCH f;
ROLLBACK TO s;
FETCH c;
-- other settings, a function that is created, a function with settings of its own
CREATE FUNCTION narrowed() RETURNS int LANGUAGE wasm SET plwasm.memory = '128kB' SET plwasm.fuel = 1000 AS 'counter#count isolation=statement';
FETCH c;
ROLLBACK;
CREATE FUNCTION narrowed() RETURNS int LANGUAGE wasm SET plwasm.memory = '128kB' SET plwasm.fuel = 1000 AS 'counter#count isolation=statement';
SELECT counted(), narrowed(), narrowed(), counted() FROM generate_series(1, 2);
-- the fuel for starting the instance does not count in an execution that has the instance
CREATE FUNCTION dear() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (global $n (mut i32) (i32.const 0))
  (func $start (loop
    (global.set $n (i32.add (global.get $n) (i32.const 1)))
    (br_if 0 (i32.lt_s (global.get $n) (i32.const 1000)))))
  (start $start)
  (func (export "dear") (result i32)
    (global.set $n (i32.add (global.get $n) (i32.const 1)))
    (global.get $n)))
$$;
CREATE FUNCTION dearly() RETURNS int LANGUAGE wasm AS 'dear#dear isolation=statement';
BEGIN;
DECLARE c CURSOR FOR SELECT dearly() FROM generate_series(1, 3);
FETCH c;
SET plwasm.fuel = 100;
FETCH c;
SELECT outcome('SELECT dearly()');
FETCH c;
COMMIT;
RESET plwasm.fuel;
RESET plwasm.memory;
-- isolation is what the settings allow at each call
BEGIN;
DECLARE c CURSOR FOR TABLE seven;
FETCH 2 FROM c;
SET plwasm.isolation = 'call';
FETCH 2 FROM c;
RESET plwasm.isolation;
FETCH c;
COMMIT;
-- a module that is replaced begins anew
BEGIN;
DECLARE c CURSOR FOR TABLE seven;
FETCH 2 FROM c;
CREATE OR REPLACE FUNCTION counter() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (global $n (mut i32) (i32.const 10))
  (func (export "count") (result i32)
    (global.set $n (i32.add (global.get $n) (i32.const 1)))
    (global.get $n)))
$$;
FETCH 2 FROM c;
ROLLBACK;

-- memory: instances with state stay, those without are dropped, and then there is an error
CREATE FUNCTION large() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory 160)
  (global $n (mut i32) (i32.const 0))
  (func (export "next") (result i32)
    (global.set $n (i32.add (global.get $n) (i32.const 1)))
    (global.get $n)))
$$;
CREATE FUNCTION large_next() RETURNS int LANGUAGE wasm AS 'large#next isolation=statement';
CREATE FUNCTION large_call() RETURNS int LANGUAGE wasm AS 'large#next';
SET plwasm.backend_memory = '26MB';
BEGIN;
DECLARE c CURSOR FOR SELECT large_next() FROM generate_series(1, 5);
DECLARE d CURSOR FOR SELECT large_next() FROM generate_series(1, 5);
DECLARE e CURSOR FOR SELECT large_next() FROM generate_series(1, 5);
FETCH c;
SELECT large_call();
FETCH d;
SELECT left(outcome('SELECT large_call()'), 46);
SAVEPOINT s;
\set VERBOSITY sqlstate
FETCH e;
\set VERBOSITY terse
ROLLBACK TO s;
FETCH c;
FETCH d;
CLOSE d;
SELECT large_call();
FETCH c;
COMMIT;
RESET plwasm.backend_memory;

-- as many instances as there can be: unused ones are dropped first, and none that an execution uses
CREATE PROCEDURE open(first int, last int) LANGUAGE plpgsql AS $$
DECLARE
    c refcursor;
    n int;
BEGIN
    FOR i IN first .. last LOOP
        c := 'many' || i;
        OPEN c FOR SELECT * FROM seven;
        FETCH c INTO n;
        IF n <> 1 THEN RAISE 'it is %', n; END IF;
    END LOOP;
END $$;
SELECT alone();
BEGIN;
CALL open(1, 999);
SELECT alone(), counted();
SELECT alone();
CALL open(1000, 1000);
SELECT count(*), count(*) FILTER (WHERE isolation = 'call') AS idle FROM wasm.backend_memory WHERE object = 'instance';
SAVEPOINT s;
SELECT counted();
ROLLBACK TO s;
SELECT alone();
ROLLBACK TO s;
FETCH 2 FROM many1;
FETCH 2 FROM many1000;
CLOSE many500;
SELECT alone(), alone();
FETCH many1;
COMMIT;
SELECT counted(), (SELECT count(*) FROM wasm.backend_memory WHERE object = 'instance' AND isolation = 'statement') AS instances;

-- nothing is left of executions that ended with an error
BEGIN;
DECLARE c CURSOR FOR TABLE seven;
FETCH 2 FROM c;
SELECT counted() / 0;
ROLLBACK;
SELECT count(*) FROM wasm.backend_memory WHERE object = 'instance' AND isolation = 'statement';

SET client_min_messages = error;
DROP TABLE numbers, parts;
DROP FUNCTION counter, large, dear, other_trap, alone, caught, own_twice, not_inlined, lazily, expressions, deeper, nothing, own CASCADE;
DROP PROCEDURE commits, shown, open;
DROP ROLE other;

-- Everything in PostgreSQL that calls functions can call these.
CREATE FUNCTION math() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (func (export "square") (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))
  (func (export "is-even") (param i32) (result i32) (i32.eqz (i32.and (local.get 0) (i32.const 1))))
  (func (export "plus") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "note") (param i32)))
$$;
CREATE FUNCTION square(int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS 'math';
CREATE FUNCTION is_even(int) RETURNS bool LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS 'math';
CREATE FUNCTION plus(int, int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS 'math';
CREATE PROCEDURE note(int) LANGUAGE wasm AS 'math';
CREATE FUNCTION size(text) RETURNS int LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS 'strings';

-- CHECK, generated column, expression index, partition key, view, domain, default
CREATE TABLE numbers (
    n int CHECK (is_even(n)) DEFAULT plus(20, 22),
    sq int GENERATED ALWAYS AS (square(n)) STORED);
INSERT INTO numbers VALUES (2), (4), (DEFAULT);
INSERT INTO numbers VALUES (3);
INSERT INTO numbers VALUES (NULL);
UPDATE numbers SET n = n + 2 WHERE n = 4;
TABLE numbers ORDER BY n;
CREATE TABLE words (word text);
INSERT INTO words SELECT repeat('x', i) FROM generate_series(1, 1000) i;
CREATE INDEX words_size ON words (size(word));
ANALYZE words;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM words WHERE size(word) = 7;
SELECT count(*) FROM words WHERE size(word) = 7;
SELECT count(*) FROM words WHERE size(word) > 990;
RESET enable_seqscan;
REINDEX TABLE words;
CREATE TABLE parts (n int) PARTITION BY LIST (is_even(n));
CREATE TABLE parts_even PARTITION OF parts FOR VALUES IN (true);
CREATE TABLE parts_odd PARTITION OF parts FOR VALUES IN (false);
INSERT INTO parts SELECT generate_series(1, 5);
SELECT tableoid::regclass, array_agg(n ORDER BY n) FROM parts GROUP BY 1 ORDER BY 1;
CREATE VIEW squares AS SELECT n, square(n) FROM numbers;
SELECT * FROM squares ORDER BY n;
CREATE DOMAIN even AS int CHECK (is_even(value));
SELECT 4::even, outcome('SELECT 5::even');

-- aggregate, also as window; operator; cast; procedure
CREATE AGGREGATE total(int) (SFUNC = plus, STYPE = int, INITCOND = 0, COMBINEFUNC = plus, PARALLEL = safe);
SELECT total(n), total(n) FILTER (WHERE is_even(n)) FROM generate_series(1, 100) n;
SELECT n, total(n) OVER (ORDER BY n ROWS 1 PRECEDING) FROM generate_series(1, 4) n;
CREATE OPERATOR <+> (LEFTARG = int, RIGHTARG = int, FUNCTION = plus, COMMUTATOR = <+>);
SELECT 1 <+> 2;
CALL note(1);
-- ORDER BY, GROUP BY, join, LATERAL, in FROM
SELECT is_even(n), count(*) FROM generate_series(1, 9) n GROUP BY 1 ORDER BY 1;
SELECT a, b FROM generate_series(1, 3) a JOIN generate_series(1, 9) b ON square(a) = b ORDER BY square(-a) DESC;
SELECT * FROM generate_series(1, 3) n, LATERAL square(n) s;
-- row level security
ALTER TABLE parts ENABLE ROW LEVEL SECURITY;
CREATE ROLE reader;
GRANT SELECT ON parts TO reader;
CREATE POLICY even ON parts USING (is_even(n));
SET ROLE reader;
SELECT n FROM parts ORDER BY n;
RESET ROLE;
-- what another object needs cannot be dropped
SELECT outcome('DROP FUNCTION is_even(int)') LIKE '2BP01%' AS refused, outcome('DROP FUNCTION math()') LIKE '2BP01%' AS refused;

-- prepared statements, custom and generic
PREPARE p(int) AS SELECT square($1);
EXECUTE p(5);
SET plan_cache_mode = force_generic_plan;
EXECUTE p(6);
RESET plan_cache_mode;
DEALLOCATE p;
-- a loop in one session
DO $$
DECLARE
    sum int8 := 0;
BEGIN
    FOR i IN 1..10000 LOOP
        sum := sum + square(i % 100);
    END LOOP;
    RAISE WARNING '%', sum;
END $$;
-- cursors: backwards, and WITH HOLD after the end of the transaction
BEGIN;
DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT square(i) FROM generate_series(1, 5) i;
FETCH 2 c;
FETCH PRIOR c;
COMMIT;
FETCH 3 c;
CLOSE c;

-- traps are ordinary errors: savepoints and EXCEPTION blocks continue
CREATE FUNCTION divide(int, int) RETURNS int LANGUAGE wasm AS
    '(module (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1))))';
BEGIN;
SELECT divide(7, 2);
SAVEPOINT s;
SELECT divide(7, 0);
ROLLBACK TO s;
SELECT divide(8, 2);
COMMIT;
-- 10,000 traps, and a good call
DO $$
DECLARE
    traps int := 0;
BEGIN
    FOR i IN 1..10000 LOOP
        BEGIN
            PERFORM divide(i, 0);
        EXCEPTION WHEN division_by_zero THEN
            traps := traps + 1;
        END;
    END LOOP;
    RAISE WARNING '% traps, then %', traps, divide(84, 2);
END $$;
-- in a subtransaction that fails later
DO $$
BEGIN
    BEGIN
        PERFORM divide(1, 1);
        RAISE 'later';
    EXCEPTION WHEN raise_exception THEN
        RAISE WARNING 'caught, then %', divide(9, 3);
    END;
END $$;
-- a procedure that commits between calls
DO $$
BEGIN
    FOR i IN 1..3 LOOP
        INSERT INTO numbers VALUES (divide(i * 100, 1));
        COMMIT;
    END LOOP;
END $$;
SELECT array_agg(n ORDER BY n) FROM numbers WHERE n >= 100;

-- a trigger function needs WIT
SELECT outcome($$CREATE FUNCTION z() RETURNS trigger LANGUAGE wasm AS '(module (func (export "z")))'$$);

SET client_min_messages = error;
DROP TABLE numbers, words, parts CASCADE;
DROP DOMAIN even;
DROP ROLE reader;
DROP FUNCTION math CASCADE;
DROP FUNCTION size, divide;

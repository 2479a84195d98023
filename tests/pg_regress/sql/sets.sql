-- Sets, as lists of rows; and procedures.
CREATE SCHEMA sets;
SET search_path = sets, public;

CALL make_guest('guest', $$
  (data (i32.const 16) "abc")
  ;; 1 to n
  (func (export "series") (param $n i32) (result i32) (local $i i32)
    (loop $next
      (if (i32.lt_s (local.get $i) (local.get $n)) (then
        (i32.store offset=64 (i32.shl (local.get $i) (i32.const 2)) (i32.add (local.get $i) (i32.const 1)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next))))
    (call $return (i32.const 64) (select (local.get $n) (i32.const 0) (i32.gt_s (local.get $n) (i32.const 0)))))
  ;; (i, "abc" without its last i mod 4 bytes) for 1 to n
  (func (export "pairs") (param $n i32) (result i32) (local $i i32) (local $at i32)
    (local.set $at (i32.const 64))
    (loop $next
      (if (i32.lt_s (local.get $i) (local.get $n)) (then
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (i32.store (local.get $at) (local.get $i))
        (i32.store offset=4 (local.get $at) (i32.const 16))
        (i32.store offset=8 (local.get $at) (i32.sub (i32.const 3) (i32.and (local.get $i) (i32.const 3))))
        (local.set $at (i32.add (local.get $at) (i32.const 12)))
        (br $next))))
    (call $return (i32.const 64) (local.get $n)))
  ;; as options, of which every third is none: 1 to n
  (func (export "holes") (param $some i32) (param $n i32) (result i32) (local $i i32) (local $at i32)
    (local.set $at (i32.const 64))
    (loop $next
      (if (i32.lt_s (local.get $i) (local.get $n)) (then
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (i32.store (local.get $at) (i32.ne (i32.rem_u (local.get $i) (i32.const 3)) (i32.const 0)))
        (i32.store offset=4 (local.get $at) (local.get $i))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br $next))))
    (call $return (i32.const 64) (local.get $n)))
  ;; as they came: a list
  (func (export "list") (param i32 i32) (result i32) (call $return (local.get 0) (local.get 1)))
  (func (export "option") (param i32 i32 i32) (result i32) (call $return (local.get 1) (local.get 2)))
$$, pages => 200);

CREATE TYPE pair AS (a int, b text);
CREATE FUNCTION series(int) RETURNS SETOF int LANGUAGE wasm AS 'guest';
CREATE FUNCTION strict_series(int) RETURNS SETOF int STRICT LANGUAGE wasm AS 'guest#series';
CREATE FUNCTION dates(int) RETURNS SETOF date LANGUAGE wasm AS 'guest#series';
CREATE FUNCTION pairs(int) RETURNS SETOF pair LANGUAGE wasm AS 'guest';
CREATE FUNCTION records(int) RETURNS SETOF record LANGUAGE wasm AS 'guest#pairs';
CREATE FUNCTION one_column(int) RETURNS TABLE (n int) LANGUAGE wasm AS 'guest#series';
CREATE FUNCTION columns(int) RETURNS TABLE (n int, "t T" text) LANGUAGE wasm AS 'guest#pairs';
CREATE FUNCTION outs(int, OUT n int, OUT t text) RETURNS SETOF record LANGUAGE wasm AS 'guest#pairs';
CREATE FUNCTION holes(int) RETURNS SETOF int LANGUAGE wasm AS 'guest';
CREATE FUNCTION unlist(anyarray) RETURNS SETOF anyelement LANGUAGE wasm AS 'guest#list';
CREATE FUNCTION unlist_nulls(anyarray) RETURNS SETOF anyelement LANGUAGE wasm AS 'guest#option';
\pset null NULL

-- in FROM, in the select list, in both
SELECT * FROM series(3);
SELECT series(3);
SELECT series(2), series(3), 'x';
SELECT n, series(n) FROM series(3) n;
SELECT * FROM pairs(3);
SELECT pairs(2), (pairs(2)).b;
SELECT p, p.a, p.b FROM pairs(2) p;
SELECT * FROM one_column(2), columns(2), outs(1);
SELECT columns(1), outs(1), one_column(1);
SELECT * FROM records(2) AS t (a int, b text);
SELECT * FROM records(1) AS t (a date, b bytea);
SELECT error('SELECT records(1)');
SELECT outcome('SELECT * FROM records(1)');
SELECT error('SELECT * FROM records(1) AS t (a int, b int, c int)');
SELECT * FROM dates(2);
SELECT pg_typeof(d) FROM dates(1) d;
-- WITH ORDINALITY, LATERAL, ROWS FROM, joins, a rescan
SELECT * FROM series(2) WITH ORDINALITY;
SELECT * FROM pairs(2) WITH ORDINALITY AS t (x, y, o);
SELECT * FROM series(3) n, LATERAL pairs(n) p WHERE p.a = n;
SELECT * FROM ROWS FROM (series(3), pairs(2), dates(1)) WITH ORDINALITY;
SELECT n, (SELECT count(*) FROM series(n)), (SELECT string_agg(b, '|') FROM pairs(n)) FROM generate_series(0, 4) n;
SELECT count(*), sum(a.a + b.a) FROM pairs(100) a LEFT JOIN pairs(100) b ON a.a <> b.a;
SELECT v, array(SELECT series(v)) FROM unnest('{0,2,-1}'::int[]) v;
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT * FROM pairs(5);
FETCH 2 FROM c;
FETCH LAST FROM c;
FETCH BACKWARD 2 FROM c;
COMMIT;

-- nothing at all, LIMIT
SELECT * FROM series(0);
SELECT 'x', series(0);
SELECT * FROM series(100) LIMIT 2;
SELECT series(100) LIMIT 1;
SELECT EXISTS (SELECT FROM series(10)), EXISTS (SELECT FROM series(0));
-- a NULL argument: no rows, STRICT or not
SELECT * FROM series(NULL);
SELECT count(*) FROM pairs(NULL), series(1);
SELECT count(*) FROM strict_series(NULL);
SELECT series(NULL), strict_series(NULL), 1;
SELECT n, series(n), strict_series(n) FROM unnest('{1,NULL,2}'::int[]) n;
-- NULLs within rows, if the type has options
SELECT array_agg(h) FROM holes(7) h;
SELECT * FROM unlist('{a,b}'::text[]);
SELECT * FROM unlist_nulls('{1,NULL,3}'::int[]) WITH ORDINALITY;
SELECT * FROM unlist_nulls(NULL::int[]);
-- a NULL row is a row of NULLs
SELECT * FROM unlist(array[row(1, 'a'), row(2, 'b')]::pair[]);
SELECT *, u IS NULL AS null FROM unlist_nulls(array[row(1, 'a'), NULL, row(NULL, 'b'), row(NULL, NULL)]::pair[]) u;
SELECT unlist_nulls(array[row(1, 'a'), NULL]::pair[]);
-- of domains over it, with columns that were dropped
CREATE DOMAIN dpair AS pair CHECK ((value).a < 3);
CREATE FUNCTION dpairs(int) RETURNS SETOF dpair LANGUAGE wasm AS 'guest#pairs';
SELECT * FROM dpairs(2);
SELECT dpairs(2);
SELECT error('SELECT * FROM dpairs(3)');
CREATE DOMAIN small AS int CHECK (value < 4);
CREATE FUNCTION smalls(int) RETURNS SETOF small LANGUAGE wasm AS 'guest#series';
SELECT * FROM smalls(3);
SELECT error('SELECT * FROM smalls(4)');
CREATE TABLE gone (x int, a int, y text, b text);
INSERT INTO gone VALUES (1, 2, 'y', 'b');
ALTER TABLE gone DROP x, DROP y;
CREATE FUNCTION gones(int) RETURNS SETOF gone LANGUAGE wasm AS 'guest#pairs';
SELECT *, gones FROM gones(2);
SELECT gones(2), (gones(1)).*;
SELECT * FROM unlist_nulls((SELECT array_agg(gone) FROM gone));
ALTER TABLE gone ADD c int;
SELECT outcome('SELECT * FROM gones(1)');
-- void is no row
CREATE FUNCTION voids() RETURNS SETOF void LANGUAGE wasm AS '(module (func (export "voids")))';
SELECT count(*) FROM voids();
SELECT voids();

-- large sets: in memory and on disk, with the rows in order
CREATE FUNCTION ordered(rows bigint) RETURNS TABLE (count bigint, ordered bool, total bigint) LANGUAGE sql AS
    'SELECT count(*), bool_and(a = o), sum(length(b)) FROM pairs(rows::int) WITH ORDINALITY AS t (a, b, o)';
SELECT * FROM ordered(100000);
SET work_mem = '64kB';
SELECT * FROM ordered(100000);
SELECT count(*) FROM (SELECT series(100000) OFFSET 0) s;
SELECT count(*), sum(n) FROM series(2000) n, series(50) m;
RESET work_mem;
-- an error in the middle
CREATE FUNCTION to_dates(int[]) RETURNS SETOF date LANGUAGE wasm AS 'guest#list';
SELECT * FROM to_dates('{0,1}');
SELECT error($$SELECT * FROM to_dates('{0,1,2147483646,3}')$$);
SELECT error($$SELECT to_dates('{0,1,2147483646,3}') LIMIT 1$$);
-- a timeout while the rows are read
CREATE FUNCTION slow() RETURNS SETOF text LANGUAGE wasm AS $$
(module
  (memory (export "memory") 129)
  (func (export "slow") (result i32) (local $i i32)
    (loop $next
      (i32.store offset=16 (i32.shl (local.get $i) (i32.const 3)) (i32.const 0x100000))
      (i32.store offset=20 (i32.shl (local.get $i) (i32.const 3)) (i32.const 0x10000))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 100000))))
    (memory.fill (i32.const 0x100000) (i32.const 97) (i32.const 0x10000))
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const 100000))
    (i32.const 0)))
$$;
SET statement_timeout = '200ms';
SELECT count(*) FROM slow();
RESET statement_timeout;
SELECT * FROM series(1);

-- places where a set is not allowed
SELECT outcome('SELECT 1 WHERE series(2) = 1');
SELECT outcome('VALUES (series(2))');
SELECT error($$DO 'BEGIN PERFORM 1 FROM generate_series(1, series(2)); END'$$);
CREATE FUNCTION of_sql() RETURNS int LANGUAGE sql AS 'SELECT series(3)';
SELECT of_sql();
DO $$ DECLARE n int; BEGIN n := sets.series(2); EXCEPTION WHEN OTHERS THEN RAISE NOTICE '% %', SQLSTATE, SQLERRM; END $$;
DO $$
DECLARE
    p pair;
BEGIN
    FOR p IN SELECT * FROM sets.pairs(2) LOOP
        RAISE NOTICE '%', p;
    END LOOP;
END
$$;
SELECT outcome($$CREATE PROCEDURE z() LANGUAGE wasm AS '(module (func (export "z") (result i32) (i32.const 1)))'$$);

-- procedures: IN, OUT, INOUT
CREATE FUNCTION procedures() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory (export "memory") 1)
  (func (export "nothing") (param i32) (if (i32.eqz (local.get 0)) (then unreachable)))
  (func (export "next") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func (export "sum") (param i32 i32) (result i32)
    (i32.store (i32.const 0) (i32.add (local.get 0) (local.get 1)))
    (i32.store (i32.const 4) (i32.sub (local.get 0) (local.get 1)))
    (i32.const 0)))
$$;
CREATE PROCEDURE nothing(int) LANGUAGE wasm AS 'procedures';
CREATE PROCEDURE next(INOUT n int) LANGUAGE wasm AS 'procedures';
CREATE PROCEDURE next_out(int, OUT n int) LANGUAGE wasm AS 'procedures#next';
CREATE PROCEDURE sum(int, INOUT b int, OUT c int) LANGUAGE wasm AS 'procedures';
CALL nothing(1);
CALL nothing(NULL);
CALL next(41);
CALL next(NULL);
CALL next_out(41, NULL);
CALL sum(50, 8, NULL);

SELECT error('CALL nothing(0)');
CREATE TABLE log (n int, at timestamptz DEFAULT now());
DO $$
DECLARE
    n int := 0;
    c int;
BEGIN
    FOR i IN 1..4 LOOP
        CALL sets.next(n);
        INSERT INTO sets.log VALUES (n);
        IF i % 2 = 0 THEN ROLLBACK; ELSE COMMIT; END IF;
        CALL sets.sum(i, n, c);
    END LOOP;
    RAISE NOTICE 'n %, c %', n, c;
END
$$;
SELECT count(*), count(DISTINCT at) AS transactions FROM log;
CREATE PROCEDURE nested(INOUT n int) LANGUAGE plpgsql AS $$
BEGIN
    CALL sets.next(n);
    COMMIT;
    CALL sets.next(n);
    BEGIN
        CALL sets.nothing(0);
    EXCEPTION WHEN OTHERS THEN
        CALL sets.next(n);
    END;
END
$$;
CALL nested(0);

\pset null ''
SET client_min_messages = error;
DROP SCHEMA sets CASCADE;
RESET search_path;

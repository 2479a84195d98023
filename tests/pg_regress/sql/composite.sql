-- Composites and RECORD as records.
CREATE SCHEMA composite;
SET search_path = composite, public;

CALL make_guest('guest', $$
  ;; whatever is passed behind one pointer
  (func (export "echo") (param i32) (result i32) (local.get 0))
  ;; (x f64, y f64) twice
  (func (export "distance") (param f64 f64 f64 f64) (result f64)
    (f64.sqrt (f64.add
      (f64.mul (f64.sub (local.get 0) (local.get 2)) (f64.sub (local.get 0) (local.get 2)))
      (f64.mul (f64.sub (local.get 1) (local.get 3)) (f64.sub (local.get 1) (local.get 3))))))
  (func (export "middle") (param f64 f64 f64 f64) (result i32)
    (f64.store (i32.const 8) (f64.mul (f64.const 0.5) (f64.add (local.get 0) (local.get 2))))
    (f64.store (i32.const 16) (f64.mul (f64.const 0.5) (f64.add (local.get 1) (local.get 3))))
    (i32.const 8))
  ;; (a s32, b string)
  (func (export "pair") (param i32 i32 i32) (result i32)
    (i32.store (i32.const 8) (local.get 0))
    (i32.store (i32.const 12) (local.get 1))
    (i32.store (i32.const 16) (local.get 2))
    (i32.const 8))
  ;; the same as options, in an option
  (func (export "pair-or-null") (param i32 i32 i32 i32 i32 i32) (result i32)
    (i32.store (i32.const 8) (local.get 0))
    (i32.store (i32.const 12) (local.get 1))
    (i32.store (i32.const 16) (local.get 2))
    (i32.store (i32.const 20) (local.get 3))
    (i32.store (i32.const 24) (local.get 4))
    (i32.store (i32.const 28) (local.get 5))
    (i32.const 8))
  ;; how many of its two columns are not NULL, -1 for NULL
  (func (export "known") (param i32 i32 i32 i32 i32 i32) (result i32)
    (i32.store (i32.const 8) (i32.const 1))
    (i32.store (i32.const 12) (select (i32.add (local.get 1) (local.get 3)) (i32.const -1) (local.get 0)))
    (i32.const 8))
  ;; one number
  (func (export "one") (param i32) (result i32) (local.get 0))
  (func (export "add") (param i32 i32) (result i32)
    (i32.store (i32.const 8) (i32.add (local.get 0) (local.get 1)))
    (i32.store (i32.const 12) (i32.sub (local.get 0) (local.get 1)))
    (i32.const 8))
$$, pages => 64);

-- flat: one slot after the other
CREATE TYPE point2 AS (x float8, y float8);
CREATE TYPE pair AS (a int, b text);
CREATE FUNCTION distance(point2, point2) RETURNS float8 LANGUAGE wasm AS 'guest';
CREATE FUNCTION middle(point2, point2) RETURNS point2 LANGUAGE wasm AS 'guest';
CREATE FUNCTION pair(pair) RETURNS pair LANGUAGE wasm AS 'guest';
CREATE FUNCTION pair_or_null(pair) RETURNS pair LANGUAGE wasm AS 'guest';
CREATE FUNCTION known(pair) RETURNS int LANGUAGE wasm AS 'guest';
SELECT distance((0, 0), (3, 4)), middle((0, 'Infinity'), (3, 4)), (middle((0, -2), (3, 4))).*, pair((1, 'a')), (pair((1, 'ü'))).b;
-- the same types in other signatures
CREATE FUNCTION middle(x float8, y float8, point2) RETURNS point2 LANGUAGE wasm AS 'guest';
SELECT middle(1, 2, (3, 4));
-- nested
CREATE TYPE segment AS (a point2, b point2);
CREATE FUNCTION distance(segment) RETURNS float8 LANGUAGE wasm AS 'guest';
SELECT distance(((0, 0), (3, 4))::segment);

-- NULL: a NULL argument skips the call, and a NULL column is an error, unless the type has options
SELECT distance(NULL, (3, 4)) IS NULL AS null, pair(NULL) IS NULL AS null;
SELECT error($$SELECT distance((0, 0), (3, NULL))$$);
SELECT error($$SELECT distance(row(row(0, 0), NULL)::segment)$$);
SELECT error($$SELECT distance(row(row(0, 0), row(NULL, 1))::segment)$$);
SELECT pair_or_null((1, 'a')), pair_or_null((NULL, 'a')), pair_or_null((1, NULL)), pair_or_null((NULL, NULL)), pair_or_null(NULL) IS NULL AS null,
       num_nulls(pair_or_null((NULL, NULL))) AS "row of NULLs is a value";
SELECT known((1, 'a')), known((NULL, 'a')), known((NULL, NULL)), known(NULL);

-- an error in a nested value names the path to it
CREATE TYPE deep AS (n int, ps pair[], s segment);
CREATE TYPE wide AS (c1 int, c2 int, c3 int, c4 int, c5 int, c6 int, c7 int, c8 int, c9 int, c10 int, c11 int, c12 int, c13 int, c14 int, c15 int, c16 int, d deep);
CREATE FUNCTION echo(wide) RETURNS wide LANGUAGE wasm AS 'guest';
CREATE FUNCTION d(deep) RETURNS deep LANGUAGE sql AS 'SELECT (echo(row(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, $1))).d';
SELECT d(row(1, array[row(1, 'a'), row(2, '')]::pair[], row(row(1, 2), row(3, 4))));
SELECT error($$SELECT echo(row(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, row(1, array[row(1, 'a'), row(2, NULL)]::pair[], row(row(1, 2), row(3, 4)))))$$);
SELECT error($$SELECT echo(row(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, row(1, array[row(1, 'a'), NULL]::pair[], row(row(1, 2), row(3, 4)))))$$);
SELECT error($$SELECT echo(row(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, NULL, row(1, '{}', row(row(1, 2), row(3, 4)))))$$);
SELECT error($$SELECT echo(row(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, row(1, '{{"(1,a)"}}', row(row(1, 2), row(3, 4)))))$$);

-- returned values are cut to the length of their columns, as in an assignment
CREATE TYPE trims AS (v varchar(3), n numeric(5, 2), t timestamp(0), c char(2), b bit(3), vs varchar(2)[], i interval(0), tm time(0));
CREATE TYPE free AS (v text, n numeric, t timestamp, c text, b text, vs text[], i interval, tm time);
CREATE FUNCTION trimmed(free, int, int, int, int, int, int, int) RETURNS trims LANGUAGE wasm AS 'guest#echo';
CREATE FUNCTION trimmed(free) RETURNS trims LANGUAGE sql AS 'SELECT trimmed($1, 0, 0, 0, 0, 0, 0, 0)';
SELECT trimmed(('abc', 1.005, '2000-01-01 00:00:00.5', 'x', '101', '{a,bc}', '1.5 s', '23:59:59.9'));
SELECT trimmed(('a     ', 999.994, 'infinity', '', '000', '{}', '0', '0:00'));
SELECT outcome(format('SELECT trimmed(%L)', row(v, n, '2000-01-01', c, b, vs, '0', '0:00')::free)) FROM (VALUES
    ('abcd', 1, '', '101', '{}'), ('', 1000, '', '101', '{}'), ('', 1, 'abc', '101', '{}'), ('', 1, '', '10', '{}'), ('', 1, '', '101', '{a,abc}')) s (v, n, c, b, vs);

-- dropped columns have no field
CREATE TABLE t (gone1 int, a int, gone2 text, b text, gone3 float8);
ALTER TABLE t DROP gone1, DROP gone2, DROP gone3;
INSERT INTO t VALUES (1, 'a'), (2, 'ü');
CREATE FUNCTION pair(t) RETURNS t LANGUAGE wasm AS 'guest';
SELECT pair(t), (pair(t)).*, pair(t) = t AS same FROM t;
SELECT (p).* FROM (SELECT pair(t) AS p FROM t) s;
-- columns that were added after rows had been stored
ALTER TABLE t DROP b, ADD b text DEFAULT 'later';
SELECT pair(t), pair(t) = t AS same FROM t;
-- rows of views, of subqueries, of functions, of children
CREATE VIEW v AS SELECT a, upper(b) AS b FROM t;
CREATE FUNCTION pair(v) RETURNS v LANGUAGE wasm AS 'guest';
SELECT pair(v) FROM v;
CREATE TABLE child (c int) INHERITS (t);
INSERT INTO child VALUES (3, 'child', 4);
SELECT tableoid::regclass, pair(t) FROM t ORDER BY a;
SELECT pair(s::t) FROM child s;
-- rows as they are stored: short, compressed, out of line, in line of a row that is out of line itself
CREATE TABLE stored (id int, p pair, ps pair[]);
ALTER TABLE stored ALTER p SET STORAGE EXTERNAL;
INSERT INTO stored SELECT n, row(n, repeat('x', n))::pair, array[row(n, repeat('y', n))::pair] FROM unnest('{1,100,3000,500000}'::int[]) n;
SELECT id, pg_column_size(p) AS size, pair(p) = p AS same, pair(ps[1]) = ps[1] AS "of an array" FROM stored ORDER BY id;
INSERT INTO t SELECT 100, string_agg(md5(i::text), '') FROM generate_series(1, 1000) i;
SELECT pair(t) = t AS "out of line" FROM t WHERE a = 100;
CREATE TABLE rows_of_t AS SELECT t AS r FROM t;
SELECT (r).a, pair(r) = r AS same FROM rows_of_t ORDER BY 1;

-- domains over composites
CREATE DOMAIN positive AS pair CHECK ((value).a > 0);
CREATE FUNCTION pair(positive) RETURNS positive LANGUAGE wasm AS 'guest';
CREATE FUNCTION to_positive(int, text) RETURNS positive LANGUAGE wasm AS 'guest#pair';
SELECT pair((1, 'a')::positive), to_positive(2, 'b'), (to_positive(2, 'b')).b, to_positive(2, 'b') = row(2, 'b')::pair AS same;
SELECT error($$SELECT to_positive(0, 'b')$$);

-- OUT, INOUT, TABLE, RECORD
CREATE FUNCTION add(a int, b int, OUT sum int, OUT difference int) LANGUAGE wasm AS 'guest';
CREATE FUNCTION add2(INOUT a int, INOUT b int) LANGUAGE wasm AS 'guest#add';
CREATE FUNCTION add3(a int, b int) RETURNS record LANGUAGE wasm AS 'guest#add';
CREATE FUNCTION add4(a int, OUT sum int, b int) LANGUAGE wasm AS '(module (func (export "add4") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))';
SELECT add(3, 4), (add(3, 4)).difference, add2(3, 4), add4(3, 4);
SELECT * FROM add(3, 4), add2(5, 6), add4(1, 1), add3(7, 8) AS t (a int, b int);
SELECT add(a => 1, b => NULL) IS NULL AS null, s FROM add(NULL, 1) s;
SELECT pg_typeof(s) FROM add(1, 2) s;
-- a RECORD must have columns
SELECT error('SELECT add3(1, 2)');
SELECT outcome('SELECT * FROM add3(1, 2)');
SELECT error('SELECT * FROM add3(1, 2) AS t (a int, b text)');
SELECT error('SELECT * FROM add3(1, 2) AS t (a int)');
SELECT * FROM add3(1, 2) AS t (a int, b date), add3(3, 4) AS u ("u U" oid, c int);
-- in one plan, each with other columns
PREPARE shapes AS SELECT (SELECT a FROM add3($1, 2) AS t (a date, b int)) AS date, (SELECT a FROM add3($1, 2) AS t (a oid, b int)) AS oid;
EXECUTE shapes(-1);
EXECUTE shapes(-3);
DEALLOCATE shapes;

-- wrong shapes
SELECT error($$CREATE FUNCTION distance(pair, point2) RETURNS float8 LANGUAGE wasm AS 'guest'$$);
SELECT outcome($$CREATE FUNCTION z(point2, point2) RETURNS pair LANGUAGE wasm AS 'guest#distance'$$);
SELECT error($$CREATE FUNCTION pair(a pair, b pair) RETURNS int LANGUAGE wasm AS 'guest'$$);
CREATE TYPE nothing AS ();
CREATE FUNCTION nothing(nothing) RETURNS nothing LANGUAGE wasm AS '(module (memory (export "memory") 1) (func (export "nothing")))';
SELECT nothing(row()), nothing(row()) IS NULL AS null, nothing(NULL);
CREATE TYPE cell AS (n int);
CREATE FUNCTION one(cell) RETURNS cell LANGUAGE wasm AS 'guest';
SELECT one(row(5));
SELECT outcome('SELECT one(row(NULL::int))');

-- the most that one value can contain
CREATE TYPE level1 AS (n int);
DO $$
BEGIN
    FOR i IN 2..70 LOOP
        EXECUTE format('CREATE TYPE level%s AS (n level%s)', i, i - 1);
    END LOOP;
    EXECUTE (SELECT format('CREATE TYPE hundred AS (%s)', string_agg(format('c%s int', i), ', ')) FROM generate_series(1, 100) i);
    EXECUTE (SELECT format('CREATE TYPE nine_thousand AS (%s)', string_agg(format('c%s hundred', i), ', ')) FROM generate_series(1, 90) i);
    EXECUTE (SELECT format('CREATE TYPE ten_thousand AS (%s)', string_agg(format('c%s hundred', i), ', ')) FROM generate_series(1, 100) i);
END
$$;
CREATE FUNCTION deepest(level60) RETURNS level60 LANGUAGE wasm AS 'guest#one';
CREATE FUNCTION largest(nine_thousand) RETURNS nine_thousand LANGUAGE wasm AS 'guest#echo';
SELECT error($$CREATE FUNCTION z(level70) RETURNS level70 LANGUAGE wasm AS 'guest#one'$$);
SELECT left(error, 300) AS error FROM error($$CREATE FUNCTION z(ten_thousand) RETURNS int LANGUAGE wasm AS 'guest#echo'$$) error WHERE error !~ '^The export';
SELECT largest(r) = r AS same, length(r::text) FROM (SELECT ('(' || string_agg('"(' || (SELECT string_agg((i * j)::text, ',') FROM generate_series(1, 100) j) || ')"', ',') || ')')::nine_thousand AS r FROM generate_series(1, 90) i) s;

-- the type changes between calls
CREATE FUNCTION in_plan(p pair) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN pair(p)::text; END $$;
PREPARE prepared(pair) AS SELECT pair($1);
SELECT in_plan((1, 'a'));
EXECUTE prepared(row(1, 'a'));
ALTER TYPE pair RENAME ATTRIBUTE b TO c;
SELECT in_plan((2, 'b')), (pair((2, 'b')::pair)).c;
EXECUTE prepared(row(2, 'b'));
ALTER TYPE pair ADD ATTRIBUTE d int;
SELECT error('SELECT pair((1, NULL, 2)::pair)');
SELECT error('SELECT in_plan((1, NULL, 2))');
SELECT outcome('EXECUTE prepared(row(1, NULL, 2))');
ALTER TYPE pair DROP ATTRIBUTE d;
SELECT in_plan((3, 'c')), pair((3, 'c')::pair);
EXECUTE prepared(row(3, 'c'));
-- to columns that are passed in the same way
SET client_min_messages = warning;
DROP TABLE stored;
DROP DOMAIN positive CASCADE;
DROP TYPE wide CASCADE;
DROP TYPE deep CASCADE;
ALTER TYPE pair ALTER ATTRIBUTE a TYPE date, ALTER ATTRIBUTE c TYPE bytea;
SELECT in_plan(('2000-01-02', '\xff')), pair(('infinity', '\x00')::pair);
EXECUTE prepared(row('2000-01-03', '\xffff'));
-- within one statement, which keeps the plan from its beginning
CREATE FUNCTION changed(i int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TYPE pair RENAME ATTRIBUTE %I TO %I', CASE i % 2 WHEN 1 THEN 'c' ELSE 'e' END, CASE i % 2 WHEN 1 THEN 'e' ELSE 'c' END);
    RETURN i;
END
$$;
SELECT pair(('2000-01-01', convert_to(i::text, 'UTF8'))::pair), changed(i) FROM generate_series(1, 4) i;
-- the type of a table, too, and inside a transaction that is rolled back
SELECT pair(t) FROM t WHERE a = 1;
BEGIN;
ALTER TABLE t ADD d int;
SELECT outcome('SELECT pair(t) FROM t');
ROLLBACK;
SELECT pair(t) FROM t WHERE a = 1;
DROP VIEW v CASCADE;
DROP TABLE rows_of_t;
ALTER TABLE t ALTER a TYPE int8;
SELECT error('SELECT pair(t) FROM t');

DEALLOCATE prepared;
SET client_min_messages = error;
DROP SCHEMA composite CASCADE;
RESET search_path;

-- source: okbob/plpgsql_check #133; npgsql/npgsql #2022; dbeaver #12636; PostgREST #574
-- situation: row types with dropped columns, as arguments, results, sets, within arrays and other rows
-- expected: only what is left is passed
CREATE TYPE c1 AS (gone int, a int, gone_too text, b int);
CREATE TABLE t1 (x c1, first text, y c1, n int);
INSERT INTO t1 VALUES (ROW(1, 2, 'x', 3), 'q', ROW(4, 5, 'y', 6), 7);
ALTER TYPE c1 DROP ATTRIBUTE gone, DROP ATTRIBUTE gone_too;
ALTER TABLE t1 DROP COLUMN x, DROP COLUMN first;
-- (record{record{a, b}, n}): y.a, y.b, n
SELECT pg_temp.def('sum_of(t1) RETURNS int', '(func (export "sum_of") (param i32 i32 i32) (result i32) (i32.add (local.get 0) (i32.add (i32.mul (i32.const 10) (local.get 1)) (i32.mul (i32.const 100) (local.get 2)))))');
SELECT pg_temp.def('made(int) RETURNS t1', '(func (export "made") (param i32) (result i32) (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (i32.const 2)) (i32.store (i32.const 16) (i32.const 3)) (i32.const 8))');
SELECT pg_temp.def('rows(int) RETURNS SETOF t1', '(func (export "rows") (param i32) (result i32) (i32.store (i32.const 8) (i32.const 64)) (i32.store (i32.const 12) (local.get 0))
    (i32.store (i32.const 64) (i32.const 1)) (i32.store (i32.const 68) (i32.const 2)) (i32.store (i32.const 72) (i32.const 3))
    (i32.store (i32.const 76) (i32.const 4)) (i32.store (i32.const 80) (i32.const 5)) (i32.store (i32.const 84) (i32.const 6)) (i32.const 8))');
SELECT pg_temp.def('echo(t1[]) RETURNS t1[]', '(func (export "echo") (param i32 i32) (result i32) (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))');
SELECT pg_temp.gives('an argument', 'SELECT sum_of(t1) FROM t1', '765');
SELECT pg_temp.gives('a result', 'SELECT made(9)::text', '("(9,2)",3)');
SELECT pg_temp.gives('its columns', 'SELECT n || (y).b::text FROM made(9)', '32');
SELECT pg_temp.gives('a set', 'SELECT string_agg(r::text, $$ $$) FROM rows(2) r', '("(1,2)",3) ("(4,5)",6)');
SELECT pg_temp.gives('in an array', 'SELECT echo(array_agg(t1))::text FROM t1', '{"(\"(5,6)\",7)"}');
INSERT INTO t1 SELECT (made(1)).*;
INSERT INTO t1 SELECT * FROM rows(2);
SELECT pg_temp.gives('stored and back', 'SELECT sum(sum_of(t1)) FROM t1', '2061');
ALTER TABLE t1 ADD COLUMN last int;
ALTER TABLE t1 DROP COLUMN n;
SELECT pg_temp.gives('other columns, as many', 'SELECT sum_of(t1) FROM t1 WHERE last IS NOT NULL', NULL);
UPDATE t1 SET last = 1;
SELECT pg_temp.gives('of another position', 'SELECT sum_of(t1) FROM t1 LIMIT 1', '165');

-- Arrays of one dimension as lists.
CREATE SCHEMA arrays;
SET search_path = arrays, public;

CALL make_guest('guest', $$
  (func (export "echo") (param i32 i32) (result i32) (call $return (local.get 0) (local.get 1)))
  (func (export "option") (param i32 i32 i32) (result i32)
    (i32.store (i32.const 0) (local.get 0))
    (i32.store (i32.const 4) (local.get 1))
    (i32.store (i32.const 8) (local.get 2))
    (i32.const 0))
  (func (export "length") (param i32 i32) (result i32) (local.get 1))
  ;; the sum of s32
  (func (export "sum") (param $at i32) (param $n i32) (result i64) (local $sum i64)
    (loop $next
      (if (local.get $n) (then
        (local.set $sum (i64.add (local.get $sum) (i64.load32_s (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next))))
    (local.get $sum))
  ;; the same of option<s32>
  (func (export "sum-known") (param i32) (param $at i32) (param $n i32) (result i32) (local $sum i64)
    (loop $next
      (if (local.get $n) (then
        (if (i32.load8_u (local.get $at)) (then
          (local.set $sum (i64.add (local.get $sum) (i64.load32_s offset=4 (local.get $at))))))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next))))
    (i32.store (i32.const 0) (i32.const 1))
    (i64.store (i32.const 8) (local.get $sum))
    (i32.const 0))
$$);
CREATE FUNCTION echo(anyarray) RETURNS anyarray LANGUAGE wasm AS 'guest';
CREATE FUNCTION option(anyarray) RETURNS anyarray LANGUAGE wasm AS 'guest';
CREATE FUNCTION length(anyarray) RETURNS int LANGUAGE wasm AS 'guest';
CREATE FUNCTION sum_of(int[]) RETURNS int8 LANGUAGE wasm AS 'guest#sum';
CREATE FUNCTION sum_known(int[]) RETURNS int8 LANGUAGE wasm AS 'guest';

-- NULL: the argument skips the call, an element is an error, but where there are options
SELECT echo(NULL::int[]) IS NULL AS null, echo('{}'::int[]), option(NULL::int[]) IS NULL AS null, option('{NULL,1,NULL}'::int[]), option('{}'::int[]);
SELECT error($$SELECT echo('{1,2,NULL}'::int[])$$);
SELECT error($$SELECT echo('{a,NULL}'::text[])$$);
SELECT sum_of('{1,-2,2147483647}'), sum_known('{1,NULL,2147483647}'), sum_of('{}'), sum_known('{NULL}'), sum_known(NULL);
-- as many NULLs as a bitmap has bytes, and more
SELECT bool_and(option(a) = a) FROM (SELECT array_agg(CASE WHEN i % 3 > 0 THEN i END) FROM generate_series(1, 33) n, LATERAL generate_series(1, n) i GROUP BY n) s (a);

-- a list has no lower bound: 1 comes back
SELECT echo('[5:6]={1,2}'::int[]), echo('[-1:0]={a,b}'::text[]), option('[0:2]={1,NULL,3}'::int[]), array_lower(echo('[0:0]={1}'::int[]), 1);
-- a list has one dimension
SELECT error($$SELECT echo('{{1,2},{3,4}}'::int[])$$);
SELECT error($$SELECT echo('{{1}}'::text[])$$);
SELECT outcome($$SELECT sum_of('{{{1}}}')$$);
SELECT length('{}'::text[]), array_ndims(echo('{}'::int[])) IS NULL AS "no dimension";
-- but for arrays in domains, which are arrays of arrays
CREATE DOMAIN ints AS int[];
SELECT echo(array['{1,2}', '{}', '{3}']::ints[]), option(array['{1,NULL}', NULL, '{}']::ints[]);
SELECT error($$SELECT echo(array['{1,NULL}']::ints[])$$);

-- slices, subscripts, constructors, aggregates: arrays as the executor has them
SELECT echo(a[2:3]), echo(a || 5), sum_of(array[a[1], 7]), echo(array(SELECT i FROM generate_series(1, 3) i)), (echo(a))[2] FROM (VALUES ('{1,2,3,4}'::int[])) s (a);
DO $$
DECLARE
    a int[] := '{1,2}';
BEGIN
    FOR i IN 3..5 LOOP
        a[i] := i;                   -- an expanded array
        a := arrays.echo(a);
        a[1] := arrays.sum_of(a);
    END LOOP;
    a[7] := 7;
    RAISE NOTICE '%, %, %', a, arrays.option(a), arrays.sum_known(a);
END
$$;

-- arrays of composites of arrays
CREATE TYPE tagged AS (id int, tags text[]);
CREATE TYPE more AS (t tagged, ts tagged[], "when" timestamptz[]);
SELECT echo(array[row(1, '{a,"b c"}'), row(2, '{}')]::tagged[]);
SELECT option(array[row(1, '{a,NULL}'), NULL, row(NULL, NULL)]::tagged[]);
SELECT echo(array[row(row(1, '{a}'), array[row(2, '{b}')]::tagged[], '{infinity}')]::more[])::text;
SELECT option(array[row(NULL, array[row(2, NULL), NULL]::tagged[], '{NULL}')]::more[])::text;
SELECT error($$SELECT echo(array[row(row(1, '{a}'), array[row(2, '{b}'), row(3, '{x,NULL}')]::tagged[], '{}')]::more[])$$);
SELECT error($$SELECT echo(array[row(row(1, '{a}'), array[row(2, '{{b}}')]::tagged[], '{}')]::more[])$$);

-- VARIADIC
CREATE FUNCTION total(VARIADIC int[]) RETURNS int8 LANGUAGE wasm AS 'guest#sum';
CREATE FUNCTION known(VARIADIC int[]) RETURNS int8 LANGUAGE wasm AS 'guest#sum_known';
CREATE FUNCTION args(VARIADIC anyarray) RETURNS int LANGUAGE wasm AS 'guest#length';
CREATE FUNCTION plus(int, VARIADIC int[]) RETURNS int LANGUAGE wasm AS '(module (memory (export "memory") 1) (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 16)) (func (export "plus") (param i32 i32 i32) (result i32) (i32.add (local.get 0) (local.get 2))))';
SELECT total(1), total(1, 2, 3), total(VARIADIC '{4,5}'), total(VARIADIC '{}'), known(1, NULL, 3), args('a', 'b'::text), args(now()), plus(10, 1, 1, 1);
SELECT outcome('SELECT total(1, NULL)'), outcome('SELECT total()');

-- not arrays, though they have elements
CREATE FUNCTION size(int2vector) RETURNS int LANGUAGE wasm AS 'guest#length';
CREATE FUNCTION size(oidvector) RETURNS int LANGUAGE wasm AS 'guest#length';
CREATE FUNCTION size(name) RETURNS int LANGUAGE wasm AS 'guest#length';
CREATE FUNCTION size(point) RETURNS int LANGUAGE wasm AS 'guest#length';
SELECT size('1 2 30'::int2vector), size('1 2'::oidvector), size('abc'::name), size('(1,2)'::point);
-- text of all lengths and storages: short headers, padding, toasted whole and in parts
CREATE TABLE stored (i int, t text[], n numeric[]);
ALTER TABLE stored ALTER n SET STORAGE EXTERNAL;
INSERT INTO stored SELECT n, array_agg(repeat('x', i % 130)), array_agg(i / 7.0) FROM unnest('{0,1,10,1000,20000}'::int[]) n, generate_series(1, n) i GROUP BY n;
SELECT i, echo(t) = t AS text, option(t) = t AS "text options", echo(n) = n AS numeric, length(n) = i AS length, pg_column_size(t) < octet_length(t::text) AS smaller FROM stored ORDER BY i;

-- a million
SELECT length(a), sum_of(a), echo(a) = a AS int4 FROM (SELECT array_agg(i) FROM generate_series(1, 1000000) i) s (a);
SELECT length(a), echo(a) = a AS float8, option(a) = a AS options FROM (SELECT array_agg(i::float8) FROM generate_series(1, 1000000) i) s (a);
SELECT length(a), echo(a) = a AS bool FROM (SELECT array_agg(i % 3 = 0) FROM generate_series(1, 1000000) i) s (a);
SELECT length(a), echo(a) = a AS text FROM (SELECT array_agg(i::text) FROM generate_series(1, 200000) i) s (a);
-- too many for the guest's memory
SET plwasm.memory = '1MB';
SELECT error('SELECT sum_of(array_fill(1, array[1000000]))');
RESET plwasm.memory;

SET client_min_messages = error;
DROP SCHEMA arrays CASCADE;
RESET search_path;

-- Arrays as lists, arrays of several dimensions as lists of lists.
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

-- NULL: a NULL argument skips the call, and a NULL element is an error, unless the type has options
SELECT echo(NULL::int[]) IS NULL AS null, echo('{}'::int[]), option(NULL::int[]) IS NULL AS null, option('{NULL,1,NULL}'::int[]), option('{}'::int[]);
SELECT error($$SELECT echo('{1,2,NULL}'::int[])$$);
SELECT error($$SELECT echo('{a,NULL}'::text[])$$);
SELECT sum_of('{1,-2,2147483647}'), sum_known('{1,NULL,2147483647}'), sum_of('{}'), sum_known('{NULL}'), sum_known(NULL);
-- arrays of 1 to 33 elements with NULLs, whose bitmaps have 1 to 5 bytes
SELECT bool_and(option(a) = a) FROM (SELECT array_agg(CASE WHEN i % 3 > 0 THEN i END) FROM generate_series(1, 33) n, LATERAL generate_series(1, n) i GROUP BY n) s (a);

-- a list has no lower bound: a returned array begins at 1
SELECT echo('[5:6]={1,2}'::int[]), echo('[-1:0]={a,b}'::text[]), option('[0:2]={1,NULL,3}'::int[]), array_lower(echo('[0:0]={1}'::int[]), 1);
-- a list has one dimension
SELECT error($$SELECT echo('{{1,2},{3,4}}'::int[])$$);
SELECT error($$SELECT echo('{{1}}'::text[])$$);
SELECT outcome($$SELECT sum_of('{{{1}}}')$$);
SELECT length('{}'::text[]), array_ndims(echo('{}'::int[])) IS NULL AS "no dimension";
-- except for arrays in domains, which are arrays of arrays
CREATE DOMAIN ints AS int[];
SELECT echo(array['{1,2}', '{}', '{3}']::ints[]), option(array['{1,NULL}', NULL, '{}']::ints[]);
SELECT error($$SELECT echo(array['{1,NULL}']::ints[])$$);

-- slices, subscripts, constructors, aggregates: arrays as the executor makes them
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

-- types that are no arrays, although they have elements
CREATE FUNCTION size(int2vector) RETURNS int LANGUAGE wasm AS 'guest#length';
CREATE FUNCTION size(oidvector) RETURNS int LANGUAGE wasm AS 'guest#length';
CREATE FUNCTION size(name) RETURNS int LANGUAGE wasm AS 'guest#length';
CREATE FUNCTION size(point) RETURNS int LANGUAGE wasm AS 'guest#length';
SELECT size('1 2 30'::int2vector), size('1 2'::oidvector), size('abc'::name), size('(1,2)'::point);
-- texts of all lengths and storages: short headers, padding, stored out of line as a whole and in parts
CREATE TABLE stored (i int, t text[], n numeric[]);
ALTER TABLE stored ALTER n SET STORAGE EXTERNAL;
INSERT INTO stored SELECT n, array_agg(repeat('x', i % 130)), array_agg(i / 7.0) FROM unnest('{0,1,10,1000,20000}'::int[]) n, generate_series(1, n) i GROUP BY n;
SELECT i, echo(t) = t AS text, option(t) = t AS "text options", echo(n) = n AS numeric, length(n) = i AS length, pg_column_size(t) < octet_length(t::text) AS smaller FROM stored ORDER BY i;

-- a list of lists is an array of two dimensions, and so on: guest-examples/echo/grids.wat
CREATE FUNCTION grids() RETURNS wasm.module LANGUAGE wasm AS $$
;; Lists of lists, for arrays of several dimensions: what came in is returned, or is made to fit no array.
(component
  (core module $m
    (memory (export "memory") 2)
    (global $top (mut i32) (i32.const 65536))
    (func $realloc (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32) (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
      (global.set $top (i32.add (local.get $at) (local.get $size)))
      (block $fits
        (br_if $fits (i32.le_u (global.get $top) (i32.shl (memory.size) (i32.const 16))))
        (br_if $fits (i32.ge_s (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $size) (i32.const 16)))) (i32.const 0)))
        (unreachable))
      (local.get $at))
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 0) (local.get 0))
      (i32.store (i32.const 4) (local.get 1))
      (i32.const 0))
    ;; lists of a list: [1, 2] and [3]; [] and []; [1] and []; none
    (data (i32.const 256) "\01\00\00\00\02\00\00\00\03\00\00\00\00\00\00\00"
      "\00\01\00\00\02\00\00\00" "\08\01\00\00\01\00\00\00"
      "\00\01\00\00\00\00\00\00" "\00\01\00\00\00\00\00\00"
      "\00\01\00\00\01\00\00\00" "\00\01\00\00\00\00\00\00"
      "\10\01\00\00\02\00\00\00" "\20\01\00\00\02\00\00\00" "\30\01\00\00\02\00\00\00" "\00\01\00\00\00\00\00\00")
    (func (export "shape") (param $n i32) (result i32)
      (i32.add (i32.const 320) (i32.mul (i32.and (local.get $n) (i32.const 3)) (i32.const 8))))
    ;; 1000 lists, each of which is the same 1000 lists, and so on; the innermost are empty
    (func (export "deep") (result i32) (local $i i32)
      (loop $next
        (i32.store (i32.add (i32.const 8192) (local.get $i))
          (i32.add (i32.const 16384) (i32.mul (i32.div_u (local.get $i) (i32.const 8192)) (i32.const 8192))))
        (if (i32.lt_u (local.get $i) (i32.const 24576)) (then
          (i32.store (i32.add (i32.const 8196) (local.get $i)) (i32.const 1000))))
        (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.const 32768))))
      (i32.store (i32.const 0) (i32.const 8192))
      (i32.store (i32.const 4) (i32.const 1000))
      (i32.const 0))
    ;; a matrix, which is a list of rows, as the list of its columns
    (func (export "transpose") (param $rows i32) (param $height i32) (result i32)
      (local $width i32) (local $columns i32) (local $column i32) (local $x i32) (local $y i32)
      (i64.store (i32.const 0) (i64.const 0))
      (if (i32.eqz (local.get $height)) (then (return (i32.const 0))))
      (local.set $width (i32.load offset=4 (local.get $rows)))
      (local.set $columns (call $realloc (i32.const 0) (i32.const 0) (i32.const 4) (i32.mul (local.get $width) (i32.const 8))))
      (block $done (loop $wide
        (br_if $done (i32.eq (local.get $x) (local.get $width)))
        (local.set $column (call $realloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.mul (local.get $height) (i32.const 8))))
        (i32.store (i32.add (local.get $columns) (i32.mul (local.get $x) (i32.const 8))) (local.get $column))
        (i32.store offset=4 (i32.add (local.get $columns) (i32.mul (local.get $x) (i32.const 8))) (local.get $height))
        (local.set $y (i32.const 0))
        (loop $high
          (f64.store (i32.add (local.get $column) (i32.mul (local.get $y) (i32.const 8)))
            (f64.load (i32.add
              (i32.load (i32.add (local.get $rows) (i32.mul (local.get $y) (i32.const 8))))
              (i32.mul (local.get $x) (i32.const 8)))))
          (br_if $high (i32.lt_u (local.tee $y (i32.add (local.get $y) (i32.const 1))) (local.get $height))))
        (local.set $x (i32.add (local.get $x) (i32.const 1)))
        (br $wide)))
      (i32.store (i32.const 0) (local.get $columns))
      (i32.store (i32.const 4) (local.get $width))
      (i32.const 0)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "cabi_realloc" (core func $realloc))
  (alias core export $i "echo" (core func $echo))
  (func (export "grid") (param "g" (list (list s32))) (result (list (list s32)))
    (canon lift (core func $echo) (memory $memory) (realloc $realloc)))
  (func (export "gaps") (param "g" (list (list (option s32)))) (result (list (list (option s32))))
    (canon lift (core func $echo) (memory $memory) (realloc $realloc)))
  (func (export "words") (param "g" (list (list string))) (result (list (list string)))
    (canon lift (core func $echo) (memory $memory) (realloc $realloc)))
  (func (export "cube") (param "g" (list (list (list s64)))) (result (list (list (list s64))))
    (canon lift (core func $echo) (memory $memory) (realloc $realloc)))
  (func (export "blobs") (param "g" (list (list (list u8)))) (result (list (list (list u8))))
    (canon lift (core func $echo) (memory $memory) (realloc $realloc)))
  (func (export "six") (param "g" (list (list (list (list (list (list bool))))))) (result (list (list (list (list (list (list bool)))))))
    (canon lift (core func $echo) (memory $memory) (realloc $realloc)))
  (func (export "seven") (result (list (list (list (list (list (list (list bool))))))))
    (canon lift (core func $i "deep") (memory $memory)))
  (func (export "maybe") (result (list (option (list s32))))
    (canon lift (core func $i "deep") (memory $memory)))
  (func (export "shape") (param "n" u16) (result (list (list s32)))
    (canon lift (core func $i "shape") (memory $memory)))
  (func (export "deep") (result (list (list (list (list (list s32))))))
    (canon lift (core func $i "deep") (memory $memory)))
  (func (export "transpose") (param "m" (list (list f64))) (result (list (list f64)))
    (canon lift (core func $i "transpose") (memory $memory) (realloc $realloc))))
$$;
SELECT sql FROM wasm.create_functions('grids', dry_run => true);
SELECT count(function) FROM wasm.create_functions('grids');
SELECT grid('{{1,2},{3,4},{5,6}}'), gaps('{{1,NULL},{NULL,4}}'), words('{{a,"b c"},{"","{}"}}'), cube('{{{1,2}},{{3,4}}}'), blobs('{{"\\x01","\\x"},{"\\x0203","\\x04"}}');
SELECT six('{{{{{{t,f}}}}}}'), transpose('{{1,2,3},{4,5,6}}'), transpose(transpose('{{1,2,3},{4,5,6}}'));
SELECT array_dims(cube(array_fill(7, array[2, 3, 4])::int8[])), cube(array_fill(7, array[2, 3, 4])::int8[]) = array_fill(7::int8, array[2, 3, 4]) AS same;
-- an empty array is a list without lists; a list of empty lists is an empty array, too
SELECT grid('{}'), gaps('{}'), cube('{}'), transpose('{}'), shape(1), shape(3), array_ndims(shape(1)) IS NULL AS "no dimension";
-- lists have no lower bounds
SELECT grid('[0:1][5:6]={{1,2},{3,4}}'), gaps('[-1:0][2:3]={{1,NULL},{3,4}}'), words('[3:4][0:0]={{a},{b}}');
-- a wrong number of dimensions
SELECT error($$SELECT grid('{1,2}')$$);
SELECT error($$SELECT grid('{{{1}}}')$$);
SELECT error($$SELECT words('{a}')$$);
SELECT error($$SELECT cube('{{1}}')$$);
-- lists of different lengths
SELECT error('SELECT shape(0)');
SELECT error('SELECT shape(2)');
-- a million millions of empty lists
SELECT error('SELECT deep()');
-- NULL where the type has no option
SELECT error($$SELECT grid('{{1,2},{3,NULL}}')$$);
SELECT grid(NULL) IS NULL AS null;
-- slices, subscripts and constructors
SELECT grid(g[2:3][1:1]), (grid(g))[3][2], grid(g[1:1] || g[3:3]), grid(g || array[7, 8]) FROM (VALUES ('{{1,2},{3,4},{5,6}}'::int[])) s (g);
-- columns, and domains over element types
CREATE DOMAIN small AS int CHECK (VALUE < 10);
CREATE FUNCTION small_grid(int[]) RETURNS small[] LANGUAGE wasm AS 'grids#grid';
SELECT small_grid('{{1,2},{3,4}}');
SELECT error($$SELECT small_grid('{{1,2},{3,10}}')$$);
-- types that are no list of lists
SELECT error($$CREATE FUNCTION flat(int[]) RETURNS int8[] LANGUAGE wasm AS 'grids#grid'$$);
SELECT error($$CREATE FUNCTION flat() RETURNS int[] LANGUAGE wasm AS 'grids#maybe'$$);
SELECT error($$CREATE FUNCTION flat() RETURNS bool[] LANGUAGE wasm AS 'grids#seven'$$);
-- bytea is a list itself, and so is the type that jsonb is passed as
CREATE FUNCTION blobs_of(int2[]) RETURNS int2[] LANGUAGE wasm AS 'grids#blobs';
CREATE FUNCTION json_grids(jsonb[]) RETURNS jsonb[] LANGUAGE wasm AS 'grids#cube';
SELECT blobs_of('{{{1,2}},{{3,255}}}'), json_grids(array['[[1, 2], [3]]', '[]']::jsonb[]);
SELECT error($$SELECT json_grids('{{"[]"}}')$$);
-- large arrays, copied and not copied
SELECT grid(g) = g AS int4, gaps(g) = g AS options, cardinality(grid(g)) FROM (SELECT array_agg(r) FROM (SELECT array_agg(i * j) r FROM generate_series(1, 300) i, generate_series(1, 300) j GROUP BY i) s) s (g);
SELECT words(g) = g AS text, array_dims(words(g)) FROM (SELECT array_fill('ab'::text, array[200, 50])) s (g);

-- a million elements
SELECT length(a), sum_of(a), echo(a) = a AS int4 FROM (SELECT array_agg(i) FROM generate_series(1, 1000000) i) s (a);
SELECT length(a), echo(a) = a AS float8, option(a) = a AS options FROM (SELECT array_agg(i::float8) FROM generate_series(1, 1000000) i) s (a);
SELECT length(a), echo(a) = a AS bool FROM (SELECT array_agg(i % 3 = 0) FROM generate_series(1, 1000000) i) s (a);
SELECT length(a), echo(a) = a AS text FROM (SELECT array_agg(i::text) FROM generate_series(1, 200000) i) s (a);
-- more elements than fit into the guest's memory
SET plwasm.memory = '1MB';
SELECT error('SELECT sum_of(array_fill(1, array[1000000]))');
RESET plwasm.memory;

SET client_min_messages = error;
DROP SCHEMA arrays CASCADE;
RESET search_path;

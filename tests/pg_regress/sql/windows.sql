-- Window functions: called once for a partition, with the arguments of all its rows.
CREATE SCHEMA windows;
SET search_path = windows, public;
SET max_parallel_workers_per_gather = 0;
SET jit = off;

-- The custom section is what plwasm adapt --wit makes of this world:
-- package test:windows;
-- world windows {
--   record reading { value: option<f64>, label: string }
--   export plus: func(rows: list<f64>, k: f64) -> list<f64>;
--   export echo: func(rows: list<option<f64>>) -> list<option<f64>>;
--   export texts: func(rows: list<string>) -> list<string>;
--   export labels: func(rows: list<reading>) -> list<string>;
--   export ranks: func(rows: list<string>, peers: list<u32>) -> list<u32>;
--   export first-peers: func(peers: list<u32>) -> list<u32>;
--   export size: func(rows: u32) -> list<u32>;
--   export pairs: func(rows: list<s32>) -> list<tuple<s32, s32>>;
--   export checked: func(rows: list<f64>, most: u32) -> result<list<f64>, string>;
--   export of-length: func(rows: list<f64>, n: u32) -> list<f64>;
--   export far: func(rows: list<f64>) -> list<f64>;
--   export nans: func(rows: list<f64>) -> list<f64>;
--   export traps: func(rows: list<f64>) -> list<f64>;
--   export spins: func(rows: list<f64>) -> list<f64>;
--   export repeated: func(rows: list<s32>, text: string) -> list<string>;
--   export add-one: func(x: f64) -> f64;
--   export scale: func(rows: list<f64>) -> f64;
--   export badly-named: func(rows: list<f64>, peers: list<s32>) -> list<f64>;
-- }
CALL make_guest('guests', $$
  ;; each value plus k, in place
  (func (export "plus") (param $rows i32) (param $count i32) (param $k f64) (result i32) (local $at i32) (local $end i32)
    (local.set $at (local.get $rows))
    (local.set $end (i32.add (local.get $rows) (i32.mul (i32.const 8) (local.get $count))))
    (loop $next
      (if (i32.lt_u (local.get $at) (local.get $end)) (then
        (f64.store (local.get $at) (f64.add (f64.load (local.get $at)) (local.get $k)))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br $next))))
    (call $return (local.get $rows) (local.get $count)))
  ;; as they came
  (func (export "echo") (param i32 i32) (result i32) (call $return (local.get 0) (local.get 1)))
  (func (export "texts") (param i32 i32) (result i32) (call $return (local.get 0) (local.get 1)))
  (func (export "first-peers") (param i32 i32) (result i32) (call $return (local.get 0) (local.get 1)))
  (func (export "ranks") (param i32 i32 i32 i32) (result i32) (call $return (local.get 2) (local.get 3)))
  (func (export "labels") (param $rows i32) (param $count i32) (result i32) (local $to i32) (local $i i32)
    (local.set $to (call 0 (i32.const 0) (i32.const 0) (i32.const 4) (i32.mul (i32.const 8) (local.get $count))))
    (loop $next
      (if (i32.lt_u (local.get $i) (local.get $count)) (then
        (i64.store align=4 (i32.add (local.get $to) (i32.mul (i32.const 8) (local.get $i)))
          (i64.load offset=16 align=4 (i32.add (local.get $rows) (i32.mul (i32.const 24) (local.get $i)))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next))))
    (call $return (local.get $to) (local.get $count)))
  ;; the number of rows, for each of them
  (func (export "size") (param $count i32) (result i32) (local $to i32) (local $i i32)
    (local.set $to (call 0 (i32.const 0) (i32.const 0) (i32.const 4) (i32.mul (i32.const 4) (local.get $count))))
    (loop $next
      (if (i32.lt_u (local.get $i) (local.get $count)) (then
        (i32.store (i32.add (local.get $to) (i32.mul (i32.const 4) (local.get $i))) (local.get $count))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next))))
    (call $return (local.get $to) (local.get $count)))
  ;; each value, and twice the value
  (func (export "pairs") (param $rows i32) (param $count i32) (result i32) (local $to i32) (local $i i32) (local $value i32)
    (local.set $to (call 0 (i32.const 0) (i32.const 0) (i32.const 4) (i32.mul (i32.const 8) (local.get $count))))
    (loop $next
      (if (i32.lt_u (local.get $i) (local.get $count)) (then
        (local.set $value (i32.load (i32.add (local.get $rows) (i32.mul (i32.const 4) (local.get $i)))))
        (i32.store (i32.add (local.get $to) (i32.mul (i32.const 8) (local.get $i))) (local.get $value))
        (i32.store offset=4 (i32.add (local.get $to) (i32.mul (i32.const 8) (local.get $i)))
          (i32.mul (i32.const 2) (local.get $value)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next))))
    (call $return (local.get $to) (local.get $count)))
  ;; as they came, or the error "too many" if there are more than that
  (data (i32.const 32) "too many")
  (func (export "checked") (param $rows i32) (param $count i32) (param $most i32) (result i32)
    (i32.store (i32.const 0) (i32.gt_u (local.get $count) (local.get $most)))
    (i32.store (i32.const 4) (select (i32.const 32) (local.get $rows) (i32.load (i32.const 0))))
    (i32.store (i32.const 8) (select (i32.const 8) (local.get $count) (i32.load (i32.const 0))))
    (i32.const 0))
  ;; a list that claims to have n elements
  (func (export "of-length") (param i32 i32 i32) (result i32) (call $return (local.get 0) (local.get 2)))
  ;; a list that is not in memory
  (func (export "far") (param i32 i32) (result i32) (call $return (i32.const 0xfffffff0) (local.get 1)))
  ;; NaNs with a payload
  (func (export "nans") (param i32 i32) (result i32)
    (memory.fill (local.get 0) (i32.const 0xff) (i32.mul (i32.const 8) (local.get 1)))
    (call $return (local.get 0) (local.get 1)))
  (func (export "traps") (param i32 i32) (result i32) unreachable)
  (func (export "spins") (param i32 i32) (result i32) (loop (br 0)) (unreachable))
  ;; one text, for each row
  (func (export "repeated") (param $rows i32) (param $count i32) (param $text i32) (param $length i32) (result i32)
    (local $to i32) (local $i i32)
    (local.set $to (call 0 (i32.const 0) (i32.const 0) (i32.const 4) (i32.mul (i32.const 8) (local.get $count))))
    (loop $next
      (if (i32.lt_u (local.get $i) (local.get $count)) (then
        (i32.store (i32.add (local.get $to) (i32.mul (i32.const 8) (local.get $i))) (local.get $text))
        (i32.store offset=4 (i32.add (local.get $to) (i32.mul (i32.const 8) (local.get $i))) (local.get $length))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next))))
    (call $return (local.get $to) (local.get $count)))
  (func (export "add-one") (param f64) (result f64) (f64.add (local.get 0) (f64.const 1)))
  (func (export "scale") (param i32 i32) (result f64) (f64.const 1))
  (func (export "badly-named") (param i32 i32 i32 i32) (result i32) (call $return (local.get 0) (local.get 1)))
  (@custom "component-type" "\00asm\0d\00\01\00\00\19\16wit-component-encoding\04\00\07\e9\03\01A\02\01A-\01ku\01r\02\05value\00\05labels\03\00\07reading\03\00\01\01pu\01@\02\04rows\03\01ku\00\03\04\00\04plus\01\04\01p\00\01@\01\04rows\05\00\05\04\00\04echo\01\06\01ps\01@\01\04rows\07\00\07\04\00\05texts\01\08\01p\02\01@\01\04rows\09\00\07\04\00\06labels\01\0a\01py\01@\02\04rows\07\05peers\0b\00\0b\04\00\05ranks\01\0c\01@\01\05peers\0b\00\0b\04\00\0bfirst-peers\01\0d\01@\01\04rowsy\00\0b\04\00\04size\01\0e\01pz\01o\02zz\01p\10\01@\01\04rows\0f\00\11\04\00\05pairs\01\12\01j\01\03\01s\01@\02\04rows\03\04mosty\00\13\04\00\07checked\01\14\01@\02\04rows\03\01ny\00\03\04\00\09of-length\01\15\01@\01\04rows\03\00\03\04\00\03far\01\16\04\00\04nans\01\16\04\00\05traps\01\16\04\00\05spins\01\16\01@\02\04rows\0f\04texts\00\07\04\00\08repeated\01\17\01@\01\01xu\00u\04\00\07add-one\01\18\01@\01\04rows\03\00u\04\00\05scale\01\19\01@\02\04rows\03\05peers\0f\00\03\04\00\0bbadly-named\01\1a\04\00\14test:windows/windows\04\00\0b\0d\01\00\07windows\03\00\00\00/\09producers\01\0cprocessed-by\01\0dwit-component\070.254.2")
$$);
CREATE FUNCTION plus(v float8, k float8) RETURNS float8 LANGUAGE wasm WINDOW IMMUTABLE PARALLEL SAFE AS 'guests';
CREATE FUNCTION echo(v float8) RETURNS float8 LANGUAGE wasm WINDOW IMMUTABLE PARALLEL SAFE AS 'guests';
CREATE FUNCTION texts(v text) RETURNS text LANGUAGE wasm WINDOW IMMUTABLE PARALLEL SAFE AS 'guests';
CREATE FUNCTION labels(v float8, label text) RETURNS text LANGUAGE wasm WINDOW IMMUTABLE AS 'guests';
CREATE FUNCTION ranks(v text) RETURNS oid LANGUAGE wasm WINDOW IMMUTABLE AS 'guests';
CREATE FUNCTION first_peers() RETURNS oid LANGUAGE wasm WINDOW IMMUTABLE AS 'guests';
CREATE FUNCTION size() RETURNS oid LANGUAGE wasm WINDOW IMMUTABLE AS 'guests';
CREATE TYPE pair AS (one int, two int);
CREATE FUNCTION pairs(v int) RETURNS pair LANGUAGE wasm WINDOW IMMUTABLE AS 'guests';
CREATE FUNCTION columns(v int, OUT one int, OUT two int) LANGUAGE wasm WINDOW IMMUTABLE AS 'guests#pairs';
CREATE FUNCTION checked(v float8, most oid) RETURNS float8 LANGUAGE wasm WINDOW IMMUTABLE AS 'guests';
CREATE FUNCTION add_one(x float8) RETURNS float8 LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'guests';
CREATE TABLE t (g int, i int, v float8, s text);
INSERT INTO t VALUES (1, 1, 1.5, 'a'), (1, 2, 2.5, 'b'), (1, 3, 3.5, 'b'), (2, 1, 10, 'c'), (3, 1, NULL, NULL), (3, 2, 0, '');
ANALYZE t;

-- a partition each, in the order of the window; all rows in one partition; a row each
SELECT g, i, plus(v, 100) OVER (PARTITION BY g ORDER BY i) FROM t WHERE g < 3 ORDER BY g, i;
SELECT g, i, texts(s) OVER (ORDER BY g DESC, i DESC) FROM t WHERE g < 3 ORDER BY g, i;
SELECT g, i, size() OVER (PARTITION BY g, i), size() OVER (PARTITION BY g), size() OVER () FROM t ORDER BY g, i;
-- an argument that is passed once has its value in the first row of the partition
SELECT g, i, plus(v, i * 10) OVER (PARTITION BY g ORDER BY i), plus(v, i * 10) OVER (PARTITION BY g ORDER BY i DESC)
  FROM t WHERE g < 3 ORDER BY g, i;
-- if it is NULL there and no option, all results are NULL
SELECT g, i, plus(v, nullif(g, 2)) OVER (PARTITION BY g ORDER BY i) FROM t WHERE g < 3 ORDER BY g, i;
-- NULL is an option; where it is none, it is an error that says where
SELECT g, i, echo(v) OVER (PARTITION BY g ORDER BY i) FROM t ORDER BY g, i;
SELECT plus(v, 1) OVER (ORDER BY g DESC, i DESC) FROM t;
SELECT labels(v, s) OVER (ORDER BY g, i) FROM t;
-- STRICT changes nothing: PostgreSQL does not look at it
ALTER FUNCTION echo STRICT;
SELECT count(*), count(e) FROM (SELECT echo(v) OVER () AS e FROM t) q;
ALTER FUNCTION echo CALLED ON NULL INPUT;
-- a record of two arguments; a composite as a record
SELECT g, i, labels(v, s) OVER (PARTITION BY g ORDER BY i) FROM t WHERE s IS NOT NULL ORDER BY g, i;
CREATE TYPE reading AS (value float8, label text);
CREATE FUNCTION labels(reading) RETURNS text LANGUAGE wasm WINDOW IMMUTABLE AS 'guests';
SELECT g, i, labels((v, s || g)::reading) OVER (PARTITION BY g ORDER BY i) FROM t WHERE s IS NOT NULL ORDER BY g, i;
-- a row as the result, and a domain
SELECT g, i, pairs(i) OVER w, (pairs(i) OVER w).two, columns(i) OVER w FROM t WINDOW w AS (PARTITION BY g ORDER BY i) ORDER BY g, i;
CREATE DOMAIN small AS float8 CHECK (VALUE < 102.5);
CREATE FUNCTION plus_small(v float8, k float8) RETURNS small LANGUAGE wasm WINDOW IMMUTABLE AS 'guests#plus';
SELECT i, plus_small(v, 100) OVER (ORDER BY i) FROM t WHERE g = 1 AND i < 2 ORDER BY i;
SELECT i, plus_small(v, 100) OVER (ORDER BY i) FROM t WHERE g = 1 ORDER BY i;
-- peers: rank() - 1
SELECT g, i, s, ranks(s) OVER (PARTITION BY g ORDER BY s), rank() OVER (PARTITION BY g ORDER BY s)
  FROM t WHERE s IS NOT NULL ORDER BY g, i;
SELECT g, i, first_peers() OVER (ORDER BY g), first_peers() OVER () FROM t ORDER BY g, i;
-- long and compressed values
SELECT g, texts(repeat(s || g, 100000)) OVER w = repeat(s || g, 100000) AS same FROM t WHERE s <> '' WINDOW w AS (PARTITION BY g, s)
  ORDER BY g;
-- frames are not looked at, as by row_number()
SELECT i, plus(v, 1) OVER (ORDER BY i ROWS BETWEEN 1 FOLLOWING AND 1 FOLLOWING) FROM t WHERE g = 1 ORDER BY i;

-- other window functions in the same query, and in the same window; DISTINCT and GROUP BY below; LIMIT; subqueries
SELECT g, i, plus(v, 1) OVER w AS plus, lag(v) OVER w, sum(v) OVER w, texts(s) OVER w, plus(v, 2) OVER (ORDER BY i, g) AS other
  FROM t WHERE g < 3 WINDOW w AS (PARTITION BY g ORDER BY i) ORDER BY g, i;
SELECT DISTINCT size() OVER (PARTITION BY g) FROM t ORDER BY 1;
SELECT g, plus(sum(v), 1) OVER (ORDER BY g) FROM t WHERE v IS NOT NULL GROUP BY g ORDER BY g;
SELECT g, i, plus(v, 1) OVER (PARTITION BY g ORDER BY i) FROM t WHERE g < 3 LIMIT 2;
SELECT * FROM (SELECT g, i, plus(v, 1) OVER (PARTITION BY g ORDER BY i) AS p FROM t WHERE g < 3) q WHERE p > 3 ORDER BY g, i;
-- rescans
SELECT o.g, q.* FROM (VALUES (1), (2), (1)) o (g),
  LATERAL (SELECT i, plus(v, o.g) OVER (ORDER BY i) FROM t WHERE t.g = o.g OFFSET 0) q;
-- many partitions, and a large one
SELECT count(*), sum(p), sum(n) FROM
  (SELECT plus(n, 1) OVER (PARTITION BY n % 1000 ORDER BY n) AS p, n FROM generate_series(1, 20000) n) q;
SELECT count(*), sum(p) FROM (SELECT plus(n, 1) OVER (ORDER BY n) AS p FROM generate_series(1, 100000) n) q;
-- above parallel workers: PostgreSQL calls no window function in them
CREATE TABLE big AS SELECT n % 100 AS g, n FROM generate_series(1, 20000) n;
ANALYZE big;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT sum(p) FROM (SELECT plus(n, add_one(g)) OVER (PARTITION BY g) AS p FROM big) q;
SET max_parallel_workers_per_gather = 0;

-- an argument can call a function of the same module, which would get the same instance
SELECT g, i, plus(add_one(v), add_one(i)) OVER (PARTITION BY g ORDER BY add_one(i)) FROM t WHERE g < 3 ORDER BY g, i;
-- or change what the call site knows
CREATE FUNCTION meddling(x float8) RETURNS float8 LANGUAGE plpgsql AS $$
BEGIN
  ALTER FUNCTION plus(float8, float8) COST 100;
  CREATE OR REPLACE FUNCTION add_one(x float8) RETURNS float8 LANGUAGE wasm IMMUTABLE AS 'guests';
  RETURN add_one(x);
END $$;
SELECT g, i, plus(meddling(v), 1) OVER (PARTITION BY g ORDER BY i) FROM t WHERE g < 3 ORDER BY g, i;
-- or replace the function: another one is called if it takes the same
CREATE FUNCTION after_statement(statement text, x float8) RETURNS float8 LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE statement;
  RETURN x;
END $$;
CREATE FUNCTION replaced(v float8) RETURNS float8 LANGUAGE wasm WINDOW AS 'guests#traps';
SELECT i, replaced(after_statement('CREATE OR REPLACE FUNCTION replaced(v float8) RETURNS float8 LANGUAGE wasm WINDOW
  AS ''guests#nans''', v)) OVER (ORDER BY i) FROM t WHERE g = 1;
-- or not: without WIT both arguments are in each row
CREATE FUNCTION parts() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 64))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.get $free)
    (global.set $free (i32.add (global.get $free) (local.get 3))))
  (func (export "amounts") (param i32 i32) (result i32)
    (i32.store (i32.const 0) (local.get 0))
    (i32.store (i32.const 4) (local.get 1))
    (i32.const 0)))
$$;
CREATE FUNCTION replaced(v float8, k float8) RETURNS float8 LANGUAGE wasm WINDOW AS 'guests#plus';
\set replace 'CREATE OR REPLACE FUNCTION replaced(v float8, k float8) RETURNS float8 LANGUAGE wasm WINDOW AS ''parts#amounts'''
\set VERBOSITY sqlstate
SELECT replaced(after_statement(:'replace', v), 1) OVER (ORDER BY i) FROM t WHERE g = 1;
SELECT replaced(v, after_statement(:'replace', 1)) OVER (ORDER BY i) FROM t WHERE g = 1;
\set VERBOSITY default
SELECT replaced(after_statement(:'replace', v), 1) OVER (ORDER BY i) FROM t WHERE g = 1;
SELECT i, replaced(v, 1) OVER (ORDER BY i) FROM t WHERE g = 1;
-- or drop it, or replace its module
\set VERBOSITY sqlstate
SELECT replaced(after_statement('DROP FUNCTION IF EXISTS replaced(float8, float8)', v), 1) OVER (ORDER BY i) FROM t WHERE g = 1;
\set VERBOSITY default
CREATE FUNCTION amounts(v float8) RETURNS float8 LANGUAGE wasm WINDOW AS 'parts';
SELECT amounts(after_statement('CREATE OR REPLACE FUNCTION parts() RETURNS wasm.module LANGUAGE wasm
  AS ''(module)''', v)) OVER (ORDER BY i) FROM t WHERE g = 1;
SELECT i, amounts(v) OVER (ORDER BY i) FROM t WHERE g = 1;
-- an error in an argument
SELECT plus(1 / (v - 2.5), 1) OVER (ORDER BY i) FROM t WHERE g = 1;

-- methods: the constructor's arguments come first
CREATE FUNCTION adders() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory (export "memory") 1)
  (global $k (mut f64) (f64.const 0))
  (global $free (mut i32) (i32.const 64))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.get $free)
    (global.set $free (i32.add (global.get $free) (local.get 3))))
  (func (export "[constructor]adder") (param f64) (result i32) (global.set $k (local.get 0)) (i32.const 1))
  (func (export "[method]adder.plus") (param $self i32) (param $rows i32) (param $count i32) (result i32) (local $i i32)
    (loop $next
      (if (i32.lt_u (local.get $i) (local.get $count)) (then
        (f64.store (i32.add (local.get $rows) (i32.mul (i32.const 8) (local.get $i)))
          (f64.add (global.get $k) (f64.load (i32.add (local.get $rows) (i32.mul (i32.const 8) (local.get $i))))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next))))
    (i32.store (i32.const 0) (local.get $rows))
    (i32.store (i32.const 4) (local.get $count))
    (i32.const 0)))
$$;
CREATE FUNCTION prepared_plus(k float8, v float8) RETURNS float8 LANGUAGE wasm WINDOW IMMUTABLE AS 'adders#adder.plus';
SELECT g, i, prepared_plus(100, v) OVER (PARTITION BY g ORDER BY i), prepared_plus(g, v) OVER (PARTITION BY g ORDER BY i)
  FROM t WHERE g < 3 ORDER BY g, i;
CREATE FUNCTION on_state(wasm.state, v float8) RETURNS float8 LANGUAGE wasm WINDOW IMMUTABLE AS 'adders#adder.plus';

-- isolation=statement: one instance for all partitions of a query
CREATE FUNCTION counters() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory (export "memory") 1)
  (global $calls (mut i32) (i32.const 0))
  (func (export "calls") (param $count i32) (result i32)
    (global.set $calls (i32.add (i32.const 1) (global.get $calls)))
    (i32.store offset=16 (i32.const 0) (global.get $calls))
    (i32.store offset=20 (i32.const 0) (global.get $calls))
    (i32.store offset=24 (i32.const 0) (global.get $calls))
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (local.get $count))
    (i32.const 0)))
$$;
CREATE FUNCTION calls() RETURNS int LANGUAGE wasm WINDOW AS 'counters isolation=statement';
CREATE FUNCTION calls_by_call() RETURNS int LANGUAGE wasm WINDOW AS 'counters#calls';
SELECT g, i, calls() OVER w, calls_by_call() OVER w FROM t WINDOW w AS (PARTITION BY g ORDER BY i) ORDER BY g, i;

-- what is counted: a call for each partition
SET plwasm.explain = on;
CREATE FUNCTION lines(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
    line := substring(line FROM 'echo.*calls=[0-9]+');
    IF line IS NOT NULL THEN RETURN NEXT line; END IF;
  END LOOP;
END $$;
SELECT * FROM lines('SELECT echo(v) OVER (PARTITION BY g) FROM t');
RESET plwasm.explain;

-- results
CREATE FUNCTION of_length(v float8, n oid) RETURNS float8 LANGUAGE wasm WINDOW IMMUTABLE AS 'guests';
CREATE FUNCTION far(v float8) RETURNS float8 LANGUAGE wasm WINDOW IMMUTABLE AS 'guests';
CREATE FUNCTION nans(v float8) RETURNS float8 LANGUAGE wasm WINDOW IMMUTABLE AS 'guests';
CREATE FUNCTION traps(v float8) RETURNS float8 LANGUAGE wasm WINDOW IMMUTABLE AS 'guests';
CREATE FUNCTION spins(v float8) RETURNS float8 LANGUAGE wasm WINDOW IMMUTABLE AS 'guests fuel=1000000';
CREATE FUNCTION repeated(v int, what text) RETURNS text LANGUAGE wasm WINDOW IMMUTABLE AS 'guests';
\set SHOW_CONTEXT always
\set VERBOSITY sqlstate
SELECT of_length(v, 2) OVER (PARTITION BY g) FROM t WHERE g = 1;
SELECT far(v) OVER () FROM t WHERE g = 1;
SELECT traps(v) OVER () FROM t WHERE g = 1;
SELECT spins(v) OVER () FROM t WHERE g = 1;
SELECT checked(v, 2) OVER (PARTITION BY g) FROM t WHERE g < 3;
\set VERBOSITY default
SELECT of_length(v, 2) OVER (PARTITION BY g) FROM t WHERE g = 1;
SELECT of_length(v, 4) OVER (PARTITION BY g) FROM t WHERE g = 1;
SELECT of_length(v, 0) OVER (PARTITION BY g) FROM t WHERE g = 1;
SELECT of_length(v, 4294967295) OVER (PARTITION BY g) FROM t WHERE g = 1;
SELECT far(v) OVER () FROM t WHERE g = 1;
SELECT traps(v) OVER () FROM t WHERE g = 1;
SELECT spins(v) OVER () FROM t WHERE g = 1;
SELECT checked(v, 2) OVER (PARTITION BY g) FROM t WHERE g < 3;
SELECT checked(v, 3) OVER (PARTITION BY g) FROM t WHERE g < 3;
SELECT nans(v) OVER () FROM t WHERE g = 1;
-- nothing half done
CREATE TABLE copied (v float8);
INSERT INTO copied SELECT checked(v, 2) OVER (PARTITION BY g ORDER BY g DESC) FROM t WHERE v IS NOT NULL;
SELECT count(*) FROM copied;
-- too many rows for the memory of an instance: as a list, in the guest, and as strings
SET plwasm.memory = '1MB';
SELECT count(p) FROM (SELECT plus(n, 1) OVER () AS p FROM generate_series(1, 200000) n) q;
SELECT count(p) FROM (SELECT size() OVER () AS p FROM generate_series(1, 300000) n) q;
SELECT count(p) FROM (SELECT plus(n, 1) OVER (PARTITION BY n % 10) AS p FROM generate_series(1, 200000) n) q;
\set VERBOSITY sqlstate
SELECT count(p) FROM (SELECT texts(repeat('x', 1000) || n) OVER () AS p FROM generate_series(1, 2000) n) q;
SELECT count(p) FROM (SELECT texts(n::text) OVER () AS p FROM generate_series(1, 60000) n) q;
\set VERBOSITY default
RESET plwasm.memory;
-- small results that become large values
SET plwasm.max_result_size = '1MB';
-- in which row depends on the version
\set VERBOSITY terse
SELECT count(p) FROM (SELECT repeated(n, repeat('x', 1000)) OVER () AS p FROM generate_series(1, 10000) n) q;
\set VERBOSITY default
SELECT count(p) FROM (SELECT plus(n, 1) OVER () AS p FROM generate_series(1, 200000) n) q;
RESET plwasm.max_result_size;

-- where a value is that is not passed
SELECT plus(v, 1) OVER (ORDER BY g DESC, i DESC) FROM t;
SELECT labels(v, s) OVER (PARTITION BY g ORDER BY i DESC) FROM t;

-- what CREATE FUNCTION refuses
CREATE FUNCTION plus(v float8) RETURNS float8 LANGUAGE wasm WINDOW AS 'guests';
CREATE FUNCTION plus(v float8, k text) RETURNS float8 LANGUAGE wasm WINDOW AS 'guests';
CREATE FUNCTION plus(v text, k float8) RETURNS float8 LANGUAGE wasm WINDOW AS 'guests';
CREATE FUNCTION plus(v float8, w float8, k float8) RETURNS float8 LANGUAGE wasm WINDOW AS 'guests';
CREATE FUNCTION plus_set(v float8, k float8) RETURNS SETOF float8 LANGUAGE wasm WINDOW AS 'guests#plus';
CREATE FUNCTION plus() RETURNS float8 LANGUAGE wasm WINDOW AS 'guests';
CREATE FUNCTION labels(v float8, label text, more text) RETURNS text LANGUAGE wasm WINDOW AS 'guests';
CREATE FUNCTION pairs(v int, w int) RETURNS int LANGUAGE wasm WINDOW AS 'guests';
CREATE FUNCTION nothing(v float8) RETURNS void LANGUAGE wasm WINDOW AS 'guests#echo';
CREATE FUNCTION scale(v float8) RETURNS float8 LANGUAGE wasm WINDOW AS 'guests';
CREATE FUNCTION size2() RETURNS oid LANGUAGE wasm WINDOW AS 'guests#plus';
CREATE FUNCTION badly_named(v float8) RETURNS float8 LANGUAGE wasm WINDOW AS 'guests';
CREATE FUNCTION add_one_over(v float8) RETURNS float8 LANGUAGE wasm WINDOW AS 'guests#add-one';
CREATE FUNCTION texts(v wasm.state) RETURNS text LANGUAGE wasm WINDOW AS 'guests';
-- the same export as a function of arrays
CREATE FUNCTION echo_array(v float8[]) RETURNS float8[] LANGUAGE wasm AS 'guests#echo';
SELECT echo_array(ARRAY[1, NULL, 3]);
-- without OVER
SELECT plus(1, 2);
CREATE OPERATOR ### (FUNCTION = plus, LEFTARG = float8, RIGHTARG = float8);
SELECT 1::float8 ### 2;
-- polymorphic
CREATE FUNCTION same(v anyelement) RETURNS anyelement LANGUAGE wasm WINDOW AS 'guests#echo';
SELECT i, same(v) OVER (ORDER BY i) FROM t WHERE g = 1 ORDER BY i;
SELECT i, same(i) OVER (ORDER BY i) FROM t WHERE g = 1 ORDER BY i;

-- without WIT: the rows are a list of the only argument, or of tuples of all
CREATE FUNCTION bare() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 64))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.get $free)
    (global.set $free (i32.add (global.get $free) (local.get 3))))
  ;; the first four bytes of each row of 16 bytes
  (func (export "firsts") (param $rows i32) (param $count i32) (result i32) (local $i i32)
    (loop $next
      (if (i32.lt_u (local.get $i) (local.get $count)) (then
        (i32.store (i32.add (local.get $rows) (i32.mul (i32.const 4) (local.get $i)))
          (i32.load (i32.add (local.get $rows) (i32.mul (i32.const 16) (local.get $i)))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next))))
    (i32.store (i32.const 0) (local.get $rows))
    (i32.store (i32.const 4) (local.get $count))
    (i32.const 0)))
$$;
CREATE FUNCTION firsts(a int, b float8) RETURNS int LANGUAGE wasm WINDOW IMMUTABLE AS 'bare';
SELECT g, i, firsts(i, v) OVER (PARTITION BY g ORDER BY i) FROM t WHERE v IS NOT NULL ORDER BY g, i;
CREATE FUNCTION firsts(a int) RETURNS void LANGUAGE wasm WINDOW IMMUTABLE AS 'bare';
DROP SCHEMA windows CASCADE;

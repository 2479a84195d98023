-- EXPLAIN ANALYZE shows the calls of functions: in each node from PostgreSQL 18 on (explain_1.out), below the plan before.
CREATE SCHEMA explain;
SET search_path = explain, public;
SET max_parallel_workers_per_gather = 0;
SET jit = off;
CREATE FUNCTION guests() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (func (export "spin") (param i32) (result i32)
    (loop $next
      (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 0))
  (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
  (func (export "odd") (param i32) (result i32) (i32.and (local.get 0) (i32.const 1)))
  (func (export "fails") (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
  (func (export "[constructor]sum") (result i32) (i32.const 0))
  (global $sum (mut i32) (i32.const 0))
  (func (export "[method]sum.step") (param i32 i32) (global.set $sum (i32.add (global.get $sum) (local.get 1))))
  (func (export "[method]sum.finish") (param i32) (result i32) (global.get $sum))
  (func (export "[constructor]base") (param i32) (result i32) (local.get 0))
  (func (export "[method]base.plus") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
$$;
CREATE FUNCTION spin(int) RETURNS int LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'guests';
CREATE FUNCTION twice(int) RETURNS int LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'guests';
CREATE FUNCTION odd(int) RETURNS bool LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'guests';
CREATE FUNCTION fails(int) RETURNS int LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'guests';
CREATE FUNCTION plus(int, int) RETURNS int LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'guests#base.plus';
CREATE FUNCTION step(wasm.state, int) RETURNS wasm.state LANGUAGE wasm IMMUTABLE AS 'guests#sum.step';
CREATE FUNCTION finish(wasm.state) RETURNS int LANGUAGE wasm IMMUTABLE AS 'guests#sum.finish';
CREATE AGGREGATE total(int) (SFUNC = step, STYPE = wasm.state, FINALFUNC = finish);
CREATE TABLE t AS SELECT n, n % 10 AS m FROM generate_series(1, 1000) n;
ALTER TABLE t ADD PRIMARY KEY (n);
ANALYZE t;
-- Returns the lines that name a node or a function of ours.
CREATE FUNCTION lines(query text, options text DEFAULT 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE format('EXPLAIN (%s) %s', options, query) LOOP
    IF line ~ 'WASM|calls=' THEN RETURN NEXT line; END IF;
  END LOOP;
END $$;

-- nothing without the setting, and nothing without ANALYZE
SELECT * FROM lines('SELECT spin(n) FROM t');
SET plwasm.explain = on;
SELECT * FROM lines('SELECT spin(n) FROM t', 'COSTS OFF');
-- in a filter, in a list, both of one function
SELECT * FROM lines('SELECT twice(n) FROM t WHERE odd(n)');
SELECT * FROM lines('SELECT twice(n) + twice(m) FROM t WHERE twice(m) > 0');
-- fuel: a call of spin(n) takes 5 n + 1 units
SELECT * FROM lines('SELECT spin(10) + m FROM t WHERE spin(n) = 0');
-- nothing that was not called
SELECT * FROM lines('SELECT twice(n) FROM t WHERE false');
-- nodes of joins, a sort, an aggregate, a limit, a set, values
SELECT * FROM lines('SELECT * FROM t a JOIN t b ON twice(a.n) = b.n');
SELECT * FROM lines('SELECT * FROM t a WHERE EXISTS (SELECT FROM t b WHERE a.m = twice(b.m))');
SELECT * FROM lines('SELECT twice(m), total(twice(n)) FROM t GROUP BY 1 ORDER BY 1');
SELECT * FROM lines('SELECT total(n) OVER (ORDER BY n) FROM t');
SELECT * FROM lines('SELECT n FROM t LIMIT twice((SELECT 3))');
SELECT * FROM lines('SELECT * FROM t, LATERAL twice(m) d WHERE d > 0');
-- calls that the planner makes are not part of the plan
SELECT * FROM lines('SELECT * FROM twice(4)');
SELECT * FROM lines('SELECT * FROM t WHERE n = (SELECT twice(max(m)) FROM t)');
-- an index scan
SET enable_seqscan = off;
SELECT * FROM lines('SELECT * FROM t WHERE n = (SELECT twice(m) FROM t LIMIT 1) AND odd(m)');
RESET enable_seqscan;
-- prepared values
SELECT * FROM lines('SELECT plus(5, n) FROM t');
SELECT * FROM lines('SELECT plus(m, n) FROM t');
-- what is not in the plan: a generated column, an index on an expression, a constraint
CREATE TABLE g (n int CHECK (odd(n)), d int GENERATED ALWAYS AS (twice(n)) STORED);
CREATE INDEX ON g (spin(n));
SELECT * FROM lines('INSERT INTO g SELECT 2 * i - 1 FROM generate_series(1, 100) i');
-- EXECUTE, each time anew, and a query that failed
PREPARE p AS SELECT twice(n) FROM t WHERE n < 100;
SELECT * FROM lines('EXECUTE p');
SELECT * FROM lines('EXECUTE p');
BEGIN;
SELECT error('EXPLAIN ANALYZE SELECT fails(n - 50) FROM t ORDER BY n');
SELECT * FROM lines('SELECT fails(n) FROM t');
COMMIT;
-- queries within queries are not shown
CREATE FUNCTION inner_query(int) RETURNS bigint LANGUAGE sql VOLATILE AS 'SELECT sum(twice(n)) FROM t WHERE n <= $1';
SELECT * FROM lines('SELECT inner_query(m) FROM t');
-- parallel workers
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT regexp_replace(line, ' instances=\d+', '') FROM lines('SELECT count(*) FROM t WHERE odd(twice(n) + 1)') line;
SELECT regexp_replace(line, ' instances=\d+', '') FROM lines('SELECT count(*) FROM t WHERE odd(twice(n) + 1)') line;
RESET max_parallel_workers_per_gather;
SET max_parallel_workers_per_gather = 0;
-- statistics count the same calls; without them EXPLAIN counts all the same
SELECT wasm.stat_reset();
SELECT count(*) FROM lines('SELECT twice(n) FROM t');
SELECT funcname, calls FROM wasm.stat_functions WHERE schemaname = 'explain';
SET plwasm.track = none;
SELECT * FROM lines('SELECT twice(n) FROM t');
SELECT funcname, calls FROM wasm.stat_functions WHERE schemaname = 'explain';
RESET plwasm.track;
-- a budget names the function once
SET plwasm.statement_fuel = 5000;
SELECT error('EXPLAIN ANALYZE SELECT spin(n) + spin(n + 1) FROM t');
RESET plwasm.statement_fuel;
-- other formats
CREATE FUNCTION paths(format text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE plan text;
BEGIN
  EXECUTE format('EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, FORMAT %s) SELECT twice(n) FROM t WHERE odd(n)', format) INTO plan;
  RETURN plan;
END $$;
SELECT jsonb_path_query(paths('json')::jsonb, '$.**."WASM Functions"') ORDER BY 1;
SELECT regexp_matches(paths('xml'), '<(Function|Calls|Fuel|Instances-Made)>([^<]+)</', 'g');
SELECT substring(paths('yaml') from 'WASM Functions:(?:\s+- Function: [^\n]+\n(?:\s+[A-Z][^\n]+(?:\n|$)){5}){1,2}');
-- the option, from PostgreSQL 18 on
RESET plwasm.explain;
SELECT current_setting('server_version_num')::int >= 180000 AS has_option \gset
\if :has_option
SELECT * FROM lines('SELECT twice(n) FROM t', 'ANALYZE, WASM, COSTS OFF, TIMING OFF, SUMMARY OFF');
SELECT * FROM lines('EXECUTE p', 'WASM on, ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF');
SELECT error('SELECT * FROM lines(''SELECT fails(n - 1) FROM t'', ''ANALYZE, WASM'')');
SHOW plwasm.explain;
SELECT * FROM lines('SELECT twice(n) FROM t', 'ANALYZE');
SET plwasm.explain = on;
SELECT * FROM lines('SELECT twice(n) FROM t', 'ANALYZE, WASM off');
RESET plwasm.explain;
SELECT error('EXPLAIN (ANALYZE, WASM maybe) SELECT 1');
SELECT error('EXPLAIN (WASM) SELECT 1');
SET max_parallel_workers_per_gather = 2;
SELECT regexp_replace(line, ' instances=\d+', '') FROM lines('SELECT count(*) FROM t WHERE odd(twice(n) + 1)', 'ANALYZE, WASM, COSTS OFF, TIMING OFF, SUMMARY OFF') line;
\endif
DROP SCHEMA explain CASCADE;

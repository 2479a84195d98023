-- Aggregates: resources with step and finish, whose states are values of type wasm.state.
CREATE SCHEMA aggregates;
SET search_path = aggregates, public;
CREATE TABLE server AS SELECT server_started() AS started;

-- total adds, in memory: -1 traps, -100000 loops; unstep cannot take away 7. The other methods change it, or fail.
-- texts joins strings, with a separator. It traps for "!". larger grows by a number of bytes. counter counts in a global.
CALL make_guest('guests', $$
  (func (export "[constructor]total") (result i32) (call 0 (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 16)))
  (func (export "[method]total.step") (param i32 i64)
    (if (i64.eq (local.get 1) (i64.const -1)) (then unreachable))
    (if (i64.eq (local.get 1) (i64.const -100000)) (then (loop (br 0))))
    (i64.store (local.get 0) (i64.add (i64.load (local.get 0)) (local.get 1)))
    (i64.store offset=8 (local.get 0) (i64.add (i64.load offset=8 (local.get 0)) (i64.const 1))))
  (func (export "[method]total.unstep") (param i32 i64) (result i32)
    (if (i64.eq (local.get 1) (i64.const 7)) (then (return (i32.const 0))))
    (i64.store (local.get 0) (i64.sub (i64.load (local.get 0)) (local.get 1)))
    (i64.store offset=8 (local.get 0) (i64.sub (i64.load offset=8 (local.get 0)) (i64.const 1)))
    (i32.const 1))
  (func (export "[method]total.save") (param i32) (result i32) (call $return (local.get 0) (i32.const 16)))
  (func (export "[method]total.merge") (param i32 i32 i32)
    (if (i32.ne (local.get 2) (i32.const 16)) (then unreachable))
    (i64.store (local.get 0) (i64.add (i64.load (local.get 0)) (i64.load (local.get 1))))
    (i64.store offset=8 (local.get 0) (i64.add (i64.load offset=8 (local.get 0)) (i64.load offset=8 (local.get 1)))))
  (func (export "[method]total.finish") (param i32) (result i64) (i64.load (local.get 0)))
  (func (export "[method]total.count") (param i32) (result i64) (i64.load offset=8 (local.get 0)))
  (func (export "[method]total.take") (param i32) (result i64) (local i64)
    (local.set 1 (i64.load (local.get 0)))
    (i64.store (local.get 0) (i64.const 1000000))
    (local.get 1))
  (func (export "[method]total.with") (param i32 i32 i32) (result i64) (i64.add (i64.load (local.get 0)) (i64.extend_i32_u (local.get 2))))
  (func (export "[method]total.fail") (param i32) (result i64) (i64.store (local.get 0) (i64.const 0)) unreachable)
  (func (export "[method]total.times") (param i32 i64) (result i64) (i64.mul (i64.load (local.get 0)) (local.get 1)))
  (func (export "fails") (result i32) unreachable)

  ;; separator, string, length of both; the string has room for all that comes, as nothing else allocates what stays
  (func (export "[constructor]texts") (param i32 i32) (result i32) (local $it i32)
    (local.set $it (call 0 (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 16)))
    (i32.store (local.get $it) (local.get 0))
    (i32.store offset=4 (local.get $it) (local.get 1))
    (local.get $it))
  (func $append (param $it i32) (param $at i32) (param $size i32) (local $new i32) (local $was i32)
    (local.set $was (i32.load offset=12 (local.get $it)))
    (local.set $new (call 0 (i32.const 0) (i32.const 0) (i32.const 1) (i32.add (local.get $was) (local.get $size))))
    (memory.copy (local.get $new) (i32.load offset=8 (local.get $it)) (local.get $was))
    (memory.copy (i32.add (local.get $new) (local.get $was)) (local.get $at) (local.get $size))
    (i32.store offset=8 (local.get $it) (local.get $new))
    (i32.store offset=12 (local.get $it) (i32.add (local.get $was) (local.get $size))))
  (func $step (export "[method]texts.step") (param $it i32) (param $at i32) (param $size i32)
    (if (i32.and (i32.eq (local.get $size) (i32.const 1)) (i32.eq (i32.load8_u (local.get $at)) (i32.const 33))) (then unreachable))
    (if (i32.load offset=8 (local.get $it)) (then
      (call $append (local.get $it) (i32.load (local.get $it)) (i32.load offset=4 (local.get $it)))))
    (call $append (local.get $it) (local.get $at) (local.get $size)))
  (func (export "[method]texts.save") (param i32) (result i32) (call $return (i32.load offset=8 (local.get 0)) (i32.load offset=12 (local.get 0))))
  (func (export "[method]texts.merge") (param i32 i32 i32) (if (local.get 2) (then (call $step (local.get 0) (local.get 1) (local.get 2)))))
  (func (export "[method]texts.finish") (param i32) (result i32) (call $return (i32.load offset=8 (local.get 0)) (i32.load offset=12 (local.get 0))))

  (func (export "[constructor]larger") (result i32) (call 0 (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 8)))
  (func (export "[method]larger.step") (param $it i32) (param $size i32) (local $new i32)
    (local.set $new (call 0 (i32.const 0) (i32.const 0) (i32.const 4) (local.get $size)))
    (memory.fill (local.get $new) (i32.const 1) (local.get $size))
    (i32.store (local.get $it) (i32.add (i32.load (local.get $it)) (i32.load8_u (local.get $new))))
    (i32.store offset=4 (local.get $it) (i32.add (i32.load offset=4 (local.get $it)) (local.get $size))))
  (func (export "[method]larger.finish") (param i32) (result i64)
    (i64.or (i64.extend_i32_u (i32.load (local.get 0))) (i64.shl (i64.extend_i32_u (i32.load offset=4 (local.get 0))) (i64.const 32))))

  (global $count (mut i64) (i64.const 0))
  (func (export "[constructor]counter") (param i64) (result i32) (global.set $count (local.get 0)) (i32.const 77))
  (func (export "[method]counter.step") (param i32 i32) (if (i32.ne (local.get 0) (i32.const 77)) (then unreachable))
    (global.set $count (i64.add (global.get $count) (i64.extend_i32_s (local.get 1)))))
  (func (export "[method]counter.finish") (param i32) (result i64) (global.set $count (i64.mul (global.get $count) (i64.const 2))) (global.get $count))

  ;; a percentile of numbers that are collected; finish has a parameter, and sorts them
  (func (export "[constructor]at") (result i32) (call 0 (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 4)))
  (func (export "[method]at.step") (param i32 i32)
    (i32.store (call 0 (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 4)) (local.get 1))
    (i32.store (local.get 0) (i32.add (i32.load (local.get 0)) (i32.const 1))))
  (func (export "[method]at.finish") (param i32 f64) (result i32)
    (i32.load (i32.add (local.get 0) (i32.mul (i32.const 4) (i32.add (i32.const 1) (i32.trunc_f64_s
      (f64.mul (local.get 1) (f64.convert_i32_s (i32.sub (i32.load (local.get 0)) (i32.const 1))))))))))
$$);
CREATE FUNCTION total_step(wasm.state, int8) RETURNS wasm.state LANGUAGE wasm PARALLEL SAFE AS 'guests#total.step';
CREATE FUNCTION total_unstep(wasm.state, int8) RETURNS wasm.state LANGUAGE wasm PARALLEL SAFE AS 'guests#total.unstep';
CREATE FUNCTION total_merge(wasm.state, wasm.state) RETURNS wasm.state LANGUAGE wasm PARALLEL SAFE AS 'guests#total.merge';
CREATE FUNCTION total_finish(wasm.state) RETURNS int8 LANGUAGE wasm PARALLEL SAFE AS 'guests#total.finish';
CREATE FUNCTION total_count(wasm.state) RETURNS int8 LANGUAGE wasm PARALLEL SAFE AS 'guests#total.count';
CREATE FUNCTION total_take(wasm.state) RETURNS int8 LANGUAGE wasm PARALLEL SAFE AS 'guests#total.take';
CREATE FUNCTION total_fail(wasm.state) RETURNS int8 LANGUAGE wasm PARALLEL SAFE AS 'guests#total.fail';
CREATE FUNCTION total_times(wasm.state, int8) RETURNS int8 LANGUAGE wasm PARALLEL SAFE AS 'guests#total.times';
CREATE FUNCTION fails() RETURNS int LANGUAGE wasm AS 'guests#fails';
CREATE AGGREGATE total(int8) (SFUNC = total_step, STYPE = wasm.state, FINALFUNC = total_finish, COMBINEFUNC = total_merge, PARALLEL = SAFE);
CREATE AGGREGATE taken(int8) (SFUNC = total_step, STYPE = wasm.state, FINALFUNC = total_take, COMBINEFUNC = total_merge, PARALLEL = SAFE);
CREATE AGGREGATE counted(int8) (SFUNC = total_step, STYPE = wasm.state, FINALFUNC = total_count, COMBINEFUNC = total_merge, PARALLEL = SAFE);
CREATE AGGREGATE state_of(int8) (SFUNC = total_step, STYPE = wasm.state, COMBINEFUNC = total_merge, PARALLEL = SAFE);
CREATE AGGREGATE merged(wasm.state) (SFUNC = total_merge, STYPE = wasm.state, FINALFUNC = total_finish);
CREATE AGGREGATE moving(int8) (SFUNC = total_step, STYPE = wasm.state, FINALFUNC = total_finish,
    MSFUNC = total_step, MINVFUNC = total_unstep, MSTYPE = wasm.state, MFINALFUNC = total_finish);
CREATE AGGREGATE moving_taken(int8) (SFUNC = total_step, STYPE = wasm.state, FINALFUNC = total_take,
    MSFUNC = total_step, MINVFUNC = total_unstep, MSTYPE = wasm.state, MFINALFUNC = total_take);
CREATE FUNCTION texts_step(wasm.state, text, text) RETURNS wasm.state LANGUAGE wasm PARALLEL SAFE AS 'guests#texts.step';
CREATE FUNCTION texts_merge(wasm.state, wasm.state) RETURNS wasm.state LANGUAGE wasm PARALLEL SAFE AS 'guests#texts.merge';
CREATE FUNCTION texts_finish(wasm.state) RETURNS text LANGUAGE wasm PARALLEL SAFE AS 'guests#texts.finish';
CREATE AGGREGATE texts(text, text) (SFUNC = texts_step, STYPE = wasm.state, FINALFUNC = texts_finish, COMBINEFUNC = texts_merge, PARALLEL = SAFE);
CREATE AGGREGATE texts_state(text, text) (SFUNC = texts_step, STYPE = wasm.state, COMBINEFUNC = texts_merge, PARALLEL = SAFE);
CREATE FUNCTION larger_step(wasm.state, int) RETURNS wasm.state LANGUAGE wasm AS 'guests#larger.step';
CREATE FUNCTION larger_finish(wasm.state) RETURNS int8 LANGUAGE wasm AS 'guests#larger.finish';
CREATE AGGREGATE larger(int) (SFUNC = larger_step, STYPE = wasm.state, FINALFUNC = larger_finish);
CREATE FUNCTION counter_step(wasm.state, int8, int) RETURNS wasm.state LANGUAGE wasm AS 'guests#counter.step';
CREATE FUNCTION counter_finish(wasm.state) RETURNS int8 LANGUAGE wasm AS 'guests#counter.finish';
CREATE AGGREGATE counter(int8, int) (SFUNC = counter_step, STYPE = wasm.state, FINALFUNC = counter_finish);
CREATE FUNCTION at_step(wasm.state, int) RETURNS wasm.state LANGUAGE wasm AS 'guests#at.step';
CREATE FUNCTION at_finish(wasm.state, float8) RETURNS int LANGUAGE wasm AS 'guests#at.finish';
CREATE AGGREGATE at(float8 ORDER BY int) (SFUNC = at_step, STYPE = wasm.state, FINALFUNC = at_finish);
-- an aggregate of PostgreSQL's with the same results
CREATE TABLE numbers AS SELECT n::int, n % 10 AS g, CASE WHEN n % 4 > 0 THEN (n * 7919) % 1000 + 10 END::int8 AS v FROM generate_series(1, 2000) n;
ANALYZE numbers;

-- signatures that do not fit: both are shown
SELECT error($$CREATE FUNCTION f(wasm.state, text) RETURNS wasm.state LANGUAGE wasm AS 'guests#total.step'$$);
SELECT error($$CREATE FUNCTION f(wasm.state) RETURNS wasm.state LANGUAGE wasm AS 'guests#total.step'$$);
SELECT error($$CREATE FUNCTION f(wasm.state, text) RETURNS wasm.state LANGUAGE wasm AS 'guests#texts.step'$$);
SELECT error($$CREATE FUNCTION f(wasm.state) RETURNS text LANGUAGE wasm AS 'guests#total.finish'$$);
SELECT error($$CREATE FUNCTION f(wasm.state, wasm.state) RETURNS wasm.state LANGUAGE wasm AS 'guests#larger.step'$$);
SELECT error($$CREATE FUNCTION f(wasm.state) RETURNS int LANGUAGE wasm AS 'guests#fails'$$);
SELECT error($$CREATE FUNCTION f(wasm.state, int8) RETURNS wasm.state LANGUAGE wasm AS 'guests#total.step isolation=statement'$$);

-- plain, and with all that the syntax has
SELECT total(v) = sum(v), counted(v) = count(v), taken(v) = sum(v), texts(',', n::text ORDER BY n) = string_agg(n::text, ',' ORDER BY n), counter(5, n) = 2 * (5 + sum(n)) FROM numbers;
SELECT total(v), counted(v), counter(5, n), texts(',', 'x') FROM numbers WHERE false;
SELECT total(NULL), counted(NULL), texts(NULL, 'x'), texts(',', NULL), texts(CASE n WHEN 1 THEN NULL WHEN 2 THEN '-' ELSE '+' END, n::text ORDER BY n) FROM numbers WHERE n < 6;
SELECT total(DISTINCT v) = sum(DISTINCT v), total(v ORDER BY v DESC) = sum(v), total(DISTINCT v) FILTER (WHERE v < 100) = sum(DISTINCT v) FILTER (WHERE v < 100),
    counted(v) FILTER (WHERE false), texts(',', v::text ORDER BY n) FILTER (WHERE n < 7) FROM numbers;
SELECT total(v) + total(v), total(n), total(v + 1), total(n * 2), total(n * 3), total(n * 4), total(n * 5), texts('-', n::text ORDER BY n), texts('+', n::text ORDER BY n) FROM numbers WHERE n < 10;
SELECT at(0) WITHIN GROUP (ORDER BY v), at(0.5) WITHIN GROUP (ORDER BY v), at(1) WITHIN GROUP (ORDER BY v), at(NULL) WITHIN GROUP (ORDER BY v) FROM unnest(ARRAY[5, 1, NULL, 3, 2, 4]) v;
SELECT g, at(0.5) WITHIN GROUP (ORDER BY n), at(0.5) WITHIN GROUP (ORDER BY n DESC) FROM (SELECT n % 3, n FROM numbers ORDER BY 1, 2) _ (g, n) GROUP BY g ORDER BY g;
-- groups, sorted and hashed
CREATE VIEW by_ten AS SELECT g, total(v) AS total, sum(v), counted(v), count(v), taken(v), counter(g, n), 2 * (g + sum(n)) AS doubled, larger(n) & 4095 AS larger FROM numbers GROUP BY g;
CREATE FUNCTION same(OUT groups bigint, OUT same bool) LANGUAGE sql AS 'SELECT count(*), bool_and((total, counted, taken, counter) = (sum, count, sum, doubled)) FROM by_ten';
SET enable_sort = off;
EXPLAIN (COSTS OFF) SELECT g, total(v) FROM numbers GROUP BY g;
SELECT * FROM same();
RESET enable_sort;
SET enable_hashagg = off;
EXPLAIN (COSTS OFF) SELECT g, total(v) FROM numbers GROUP BY g;
SELECT * FROM same();
RESET enable_hashagg;
-- the same states are reached by several sets
SELECT count(*), bool_and(t = s AND c = k) FROM (SELECT total(v), sum(v), taken(v), sum(v) FROM numbers GROUP BY GROUPING SETS ((n % 3), (n % 5, n % 2), ())) _ (t, s, c, k);
SELECT count(*), bool_and(t = s AND c = k) FROM (SELECT total(v), sum(v), taken(v), sum(v) FROM numbers GROUP BY CUBE (n % 3, n % 5, n % 2)) _ (t, s, c, k);
SELECT count(*), bool_and(t = s) FROM (SELECT total(v), sum(v) FROM numbers GROUP BY ROLLUP (n % 3, n % 5)) _ (t, s);
SELECT g FROM numbers GROUP BY g HAVING total(v) > 100000 AND taken(v) > total(v) - 1 ORDER BY total(v) DESC LIMIT 3;
-- more groups than fit in work_mem: tuples are spilled
CREATE TABLE spilled AS SELECT n % 100000 AS g, n::int8 AS v FROM generate_series(1, 300000) n;
ANALYZE spilled;
SET work_mem = '1MB';
SET enable_sort = off;
SET max_parallel_workers_per_gather = 0;
SELECT count(*), bool_and(t = s AND c = k) FROM (SELECT total(v) AS t, sum(v) AS s, counted(v) AS c, count(v) AS k FROM spilled GROUP BY g) _;
CREATE FUNCTION batches() RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON) SELECT total(v) FROM spilled GROUP BY g' INTO plan;
    RETURN (plan #>> '{0,Plan,HashAgg Batches}')::int > 1;
END
$$;
SELECT batches();
RESET work_mem;
RESET enable_sort;
RESET max_parallel_workers_per_gather;
DROP TABLE spilled;

-- windows: running, moving with unstep and without, partitions, EXCLUDE. finish is called of each frame's state.
CREATE FUNCTION frames(aggregate text) RETURNS TABLE (frame text, same bool) LANGUAGE plpgsql AS $$
BEGIN
    FOR frame IN SELECT unnest(ARRAY['ORDER BY n', 'ORDER BY n ROWS BETWEEN 3 PRECEDING AND CURRENT ROW', 'ORDER BY n ROWS BETWEEN CURRENT ROW AND CURRENT ROW',
        'PARTITION BY n % 10 ORDER BY n ROWS BETWEEN 1 PRECEDING AND 2 FOLLOWING EXCLUDE CURRENT ROW', 'ORDER BY n RANGE BETWEEN 10 PRECEDING AND 5 PRECEDING',
        'PARTITION BY n % 3', 'ORDER BY n ROWS BETWEEN 5 FOLLOWING AND UNBOUNDED FOLLOWING', 'ORDER BY n / 7 GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE TIES']) LOOP
        EXECUTE format('SELECT bool_and(a = s) FROM (SELECT %s(v) OVER w a, coalesce(sum(v) OVER w, 0) s FROM numbers WINDOW w AS (%s)) _', aggregate, frame) INTO same;
        RETURN NEXT;
    END LOOP;
END
$$;
SELECT * FROM frames('total');
SELECT * FROM frames('taken');
SELECT * FROM frames('moving');
SELECT * FROM frames('moving_taken');
-- unstep cannot take away 7: the frame begins anew
SELECT n, moving(v) OVER w, moving(v) FILTER (WHERE n <> 3) OVER w AS filtered, total(v) OVER w FROM (VALUES (1, 5::int8), (2, 7), (3, 1), (4, NULL), (5, 2), (6, 7), (7, NULL), (8, NULL)) _ (n, v) WINDOW w AS (ORDER BY n ROWS 1 PRECEDING);
SELECT n, moving(v) OVER (ORDER BY n ROWS 1 PRECEDING) FROM (VALUES (1, NULL::int8), (2, 5), (3, NULL), (4, NULL)) _ (n, v);
SELECT n, texts(',', n::text) OVER (ORDER BY n), counter(10, n) OVER (ORDER BY n ROWS 1 PRECEDING) FROM numbers WHERE n < 5;

-- parallel workers: states are saved and merged
CREATE FUNCTION is_partial(query text) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
    line text;
    found bool := false;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        found := found OR line ~ 'Partial';
    END LOOP;
    RETURN found;
END
$$;
ALTER TABLE numbers SET (parallel_workers = 2);
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT total(v) FROM numbers;
SELECT total(v) = sum(v), counted(v) = count(v), taken(v) = sum(v) FROM numbers;
SET parallel_leader_participation = off;
SELECT total(v) = sum(v), counted(v) = count(v), taken(v) = sum(v) FROM numbers;
EXPLAIN (COSTS OFF) SELECT g, total(v), counted(v) FROM numbers GROUP BY g;
SELECT bool_and(t = s AND c = k) FROM (SELECT total(v), sum(v), counted(v), count(v) FROM numbers GROUP BY g) _ (t, s, c, k);
-- the constructor's arguments travel with the state
SELECT is_partial($$SELECT texts('--', 'x') FROM numbers$$), texts('--', 'x') = repeat('x--', 1999) || 'x' FROM numbers;
-- a worker that fails, and one that is stopped
SELECT outcome('SELECT total(v - 1009) FROM numbers') LIKE '38000%' AS failed;
SET statement_timeout = 300;
SET plwasm.fuel = 1e10;
SELECT total(CASE n WHEN 1000 THEN -100000 END) FROM numbers;
RESET statement_timeout;
RESET plwasm.fuel;
-- resources that cannot be saved have no such plan
SELECT is_partial('SELECT larger(n) FROM numbers'), is_partial($$SELECT counter(1, n) FROM numbers$$);
-- partitions
CREATE TABLE parts (n int, v int8) PARTITION BY LIST (n);
CREATE TABLE parts1 PARTITION OF parts FOR VALUES IN (0, 1);
CREATE TABLE parts2 PARTITION OF parts FOR VALUES IN (2, 3);
INSERT INTO parts SELECT n % 4, v FROM numbers;
ANALYZE parts;
SET max_parallel_workers_per_gather = 0;
SET enable_partitionwise_aggregate = on;
EXPLAIN (COSTS OFF) SELECT n, total(v) FROM parts GROUP BY n;
SELECT n, total(v), sum(v) FROM parts GROUP BY n ORDER BY n;
SELECT n % 2, total(v) = sum(v), is_partial('SELECT total(v) FROM parts') FROM parts GROUP BY 1 ORDER BY 1;
SELECT total(v) = sum(v) FROM parts;
RESET enable_partitionwise_aggregate;
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;

-- states as values: stored, merged, several times in a row, in arrays and in records
CREATE TABLE states AS SELECT n % 7 AS g, state_of(v) AS s, texts_state('-', n::text ORDER BY n) AS t FROM numbers WHERE n < 30 GROUP BY 1;
SELECT g, total_finish(s), total_count(s), texts_finish(t), pg_column_size(s) < 100 FROM states ORDER BY g;
SELECT merged(s), (SELECT sum(v) FROM numbers WHERE n < 30) FROM states;
SELECT total_finish(merged) FROM (SELECT total_merge(a.s, b.s) AS merged FROM states a, states b WHERE a.g = 1 AND b.g = 2) _;
SELECT (SELECT total_finish(s) FROM states WHERE g = 1) + (SELECT total_finish(s) FROM states WHERE g = 2);
UPDATE states SET s = total_step(s, 1000), t = texts_step(t, 'ignored', 'end') WHERE g < 2;
SELECT g, total_finish(s), total_count(s), texts_finish(t) FROM states WHERE g < 3 ORDER BY g;
CREATE TABLE twice AS SELECT a, a AS b, ROW(a, a) IS NULL AS c FROM (SELECT state_of(n) AS a FROM numbers OFFSET 0) _;
SELECT total_finish(a), total_finish(b), a::text = b::text FROM twice;
SELECT total_finish((ARRAY[s, s, total_step(s, 1)])[3]), total_finish(s), total_finish(total_step(s, 2)), total_finish(s), total_count(s) FROM (SELECT total_step(NULL, 10) AS s OFFSET 0) _;
SELECT array_agg(total_finish(s) ORDER BY n) FROM (SELECT n, unnest(array_agg(total_step(NULL, n)) OVER (ORDER BY n)) AS s FROM numbers WHERE n < 4) _;
SELECT array_agg(total_finish(s)) FROM (SELECT s FROM (SELECT n, total_step(NULL, n) AS s FROM numbers WHERE n < 6) _ ORDER BY n DESC) _;
WITH RECURSIVE steps (n, s) AS (SELECT 1, total_step(NULL, 1) UNION ALL SELECT n + 1, total_step(s, n + 1) FROM steps WHERE n < 5)
    SELECT n, total_finish(s), total_take(s), total_finish(s) FROM steps;
WITH m AS MATERIALIZED (SELECT total_step(NULL, n) AS s FROM numbers WHERE n < 4) SELECT sum(total_finish(a.s) * total_finish(b.s)) FROM m a, m b;
SELECT total_times(s, 3), total_times(s, NULL), outcome('SELECT total_fail(total_step(NULL, 1))'), total_finish(s) FROM (SELECT state_of(n) AS s FROM numbers WHERE n < 4) _;
SELECT total_finish(NULL), total_merge(NULL, NULL), total_finish(total_merge(NULL, total_step(NULL, 1))), total_finish(total_merge(total_step(NULL, 1), NULL)), total_unstep(NULL, 1), total_step(NULL, NULL), texts_finish(NULL), total_unstep(total_step(NULL, 7), 7);
SELECT total_finish(total_merge(s, s)), total_finish(total_merge(total_step(s, 1), s)), total_finish(s) FROM (SELECT total_step(NULL, 10) AS s OFFSET 0) _;
-- a state is no argument of a method
SELECT error($$CREATE FUNCTION f(wasm.state, wasm.state) RETURNS int8 LANGUAGE wasm AS 'guests#total.with'$$);
SELECT outcome($$CREATE FUNCTION f(wasm.state, wasm.state[]) RETURNS int8 LANGUAGE wasm AS 'guests#total.with'$$);
SELECT outcome('SELECT s FROM states GROUP BY s'), outcome('SELECT larger_step(NULL, 1)::text');
SELECT outcome('CREATE TABLE no AS SELECT larger_step(NULL, 1) AS s');
-- text and binary
COPY (SELECT g, s, t FROM states ORDER BY g) TO '/tmp/plwasm_states.txt';
COPY (SELECT g, s, t FROM states ORDER BY g) TO '/tmp/plwasm_states.bin' (FORMAT binary);
CREATE TABLE copied (LIKE states);
COPY copied FROM '/tmp/plwasm_states.txt';
COPY copied FROM '/tmp/plwasm_states.bin' (FORMAT binary);
SELECT count(*), bool_and((total_finish(c.s), total_count(c.s), texts_finish(c.t)) = (total_finish(s.s), total_count(s.s), texts_finish(s.t))) FROM copied c JOIN states s USING (g);
COPY (SELECT 1) TO PROGRAM 'rm /tmp/plwasm_states.*';
-- long ones, out of line
CREATE TABLE long AS SELECT texts_state(',', md5(n::text)) AS t FROM numbers WHERE n <= 500;
SELECT pg_column_size(t) > 5000, length(texts_finish(t)) = 500 * 33 - 1, texts_finish(texts_step(t, '', 'end')) LIKE '%,end' FROM long;

-- rescans: states begin anew
SELECT n, (SELECT total(v) FROM generate_series(1, o.n) v), (SELECT texts(o.n::text, v::text) FROM generate_series(1, 3) v) FROM numbers o WHERE n < 4;
SELECT n, l.* FROM numbers o, LATERAL (SELECT total(v), counter(o.n, v::int), taken(v) FROM generate_series(1, o.n) v) l WHERE n < 4;
SELECT n, l.* FROM numbers o, LATERAL (SELECT v % 2, total(v), sum(v) FROM generate_series(1, o.n) v GROUP BY 1 ORDER BY 1) l WHERE n IN (2, 3);
SELECT total(v) OVER (ORDER BY v) FROM generate_series(1, 1000) v LIMIT 3;

-- cursors: two on the same aggregate, in turn, with errors in between that are rolled back
BEGIN;
DECLARE a CURSOR FOR SELECT n, total(n) OVER (ORDER BY n), texts('-', n::text) OVER (ORDER BY n) FROM numbers;
DECLARE b CURSOR FOR SELECT n, total(n * 10) OVER (ORDER BY n), counter(1, n) OVER (ORDER BY n) FROM numbers;
FETCH 2 FROM a;
FETCH 2 FROM b;
SAVEPOINT s;
SELECT fails();
ROLLBACK TO s;
FETCH a;
SELECT total_fail(total_step(NULL, 1));
ROLLBACK TO s;
FETCH a;
FETCH b;
SELECT total(n - 3) FROM numbers;
ROLLBACK TO s;
FETCH a;
-- errors that come before any call
SELECT total_finish('\x00');
ROLLBACK TO s;
SELECT total_finish(t) FROM states;
ROLLBACK TO s;
SELECT total_step(t, 1) FROM states;
ROLLBACK TO s;
SELECT total_merge(s, t) FROM states;
ROLLBACK TO s;
FETCH a;
FETCH b;
SELECT total(n * 100), texts('+', n::text), counter(2, n), larger(n) & 15 FROM numbers WHERE n < 4;
FETCH a;
FETCH b;
-- a cursor that fails is gone; the other goes on
DECLARE c CURSOR FOR SELECT n, total(CASE n WHEN 3 THEN -1 ELSE n END) OVER (ORDER BY n) FROM numbers;
FETCH c;
SAVEPOINT s;
FETCH 5 FROM c;
ROLLBACK TO s;
FETCH c;
ROLLBACK TO s;
FETCH a;
FETCH b;
-- something else is created meanwhile
CREATE FUNCTION meanwhile() RETURNS int LANGUAGE wasm AS 'guests#fails';
FETCH a;
SET LOCAL plwasm.fuel = 1e6;
FETCH a;
SET LOCAL plwasm.memory = '32MB';
FETCH a;
CLOSE a;
FETCH b;
COMMIT;
-- a cursor that outlives its transaction
BEGIN;
DECLARE held CURSOR WITH HOLD FOR SELECT n, total(n) OVER (ORDER BY n) AS t, total_finish(total_step(NULL, n)) AS s FROM numbers WHERE n < 4;
FETCH held;
COMMIT;
FETCH held;
CLOSE held;
-- the module is replaced while a state is alive: its functions are of other code
BEGIN;
CREATE FUNCTION one() RETURNS wasm.module LANGUAGE wasm AS '(module (global $g (mut i32) (i32.const 0)) (func (export "[constructor]r") (result i32) (i32.const 1))
    (func (export "[method]r.step") (param i32 i32) (global.set $g (local.get 1))) (func (export "[method]r.finish") (param i32) (result i32) (global.get $g)))';
CREATE FUNCTION one_step(wasm.state, int) RETURNS wasm.state LANGUAGE wasm AS 'one#r.step';
CREATE FUNCTION one_finish(wasm.state) RETURNS int LANGUAGE wasm AS 'one#r.finish';
CREATE AGGREGATE one(int) (SFUNC = one_step, STYPE = wasm.state, FINALFUNC = one_finish);
DECLARE o CURSOR FOR SELECT one(n) OVER (ORDER BY n) FROM numbers;
FETCH o;
SAVEPOINT s;
CREATE OR REPLACE FUNCTION one() RETURNS wasm.module LANGUAGE wasm AS '(module (global $g (mut i32) (i32.const 0)) (func (export "[constructor]r") (result i32) (i32.const 1))
    (func (export "[method]r.step") (param i32 i32) (global.set $g (i32.const -1))) (func (export "[method]r.finish") (param i32) (result i32) (global.get $g)))';
FETCH o;
ROLLBACK;

-- errors and cancels in the middle
SELECT outcome('SELECT total(n - 1000) FROM numbers'), outcome('SELECT g, total(n - 1000) FROM numbers GROUP BY g');
SELECT error($$SELECT texts(',', CASE n WHEN 3 THEN '!' ELSE 'x' END) FROM numbers$$);
SET statement_timeout = 200;
SET plwasm.fuel = 1e10;
SELECT g, total(CASE n WHEN 100 THEN -100000 ELSE n END) FROM numbers GROUP BY g;
RESET statement_timeout;
RESET plwasm.fuel;
SELECT total(v) = sum(v) FROM numbers;
-- PL/pgSQL: the value of before survives an error of the step
CREATE FUNCTION stepwise(OUT result text) LANGUAGE plpgsql AS $$
DECLARE
    s wasm.state;
    t wasm.state;
    all_of wasm.state[];
    r record;
BEGIN
    FOR i IN -3..5 LOOP
        BEGIN
            IF i = -2 THEN
                CONTINUE;
            END IF;
            s := total_step(s, i);
        EXCEPTION WHEN external_routine_exception THEN
            result := concat(result, total_finish(s), '|');
        END;
    END LOOP;
    t := s;
    t := total_step(t, 100);
    all_of := ARRAY[s, t];
    all_of[2] := total_step(all_of[2], 1000);
    SELECT total_step(all_of[2], 10000) AS s, t INTO r;
    BEGIN
        PERFORM total_fail(r.s);
    EXCEPTION WHEN external_routine_exception THEN
        t := total_step(t, 5);
    END;
    result := concat_ws(' ', result, total_finish(s), total_take(s), total_finish(s), total_finish(t), total_finish(all_of[1]), total_finish(all_of[2]), total_finish(r.s), total_finish(r.t));
END
$$;
SELECT stepwise(), stepwise();
CREATE FUNCTION stepped(int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    s wasm.state;
BEGIN
    FOR i IN 1..$1 LOOP
        s := total_step(s, i);
    END LOOP;
    RETURN total_finish(s);
END
$$;
SELECT stepped(1000);
-- functions of other languages between an aggregate and its state
CREATE FUNCTION sql_step(wasm.state, int8) RETURNS wasm.state LANGUAGE sql AS 'SELECT total_step($1, $2)';
CREATE FUNCTION plpgsql_step(s wasm.state, n int8) RETURNS wasm.state LANGUAGE plpgsql AS 'BEGIN RETURN total_step(s, n); END';
CREATE FUNCTION plpgsql_unstep(s wasm.state, n int8) RETURNS wasm.state LANGUAGE plpgsql AS 'BEGIN RETURN total_unstep(s, n); END';
CREATE FUNCTION sql_finish(wasm.state) RETURNS int8 LANGUAGE sql AS 'SELECT total_take($1) + total_finish($1)';
CREATE FUNCTION plpgsql_finish(s wasm.state) RETURNS int8 LANGUAGE plpgsql AS 'BEGIN s := total_step(s, 1); RETURN total_finish(s); END';
CREATE AGGREGATE by_sql(int8) (SFUNC = sql_step, STYPE = wasm.state, FINALFUNC = plpgsql_finish);
CREATE AGGREGATE by_plpgsql(int8) (SFUNC = plpgsql_step, STYPE = wasm.state, FINALFUNC = sql_finish,
    MSFUNC = plpgsql_step, MINVFUNC = plpgsql_unstep, MSTYPE = wasm.state, MFINALFUNC = sql_finish);
CREATE AGGREGATE by_both(int8) (SFUNC = total_step, STYPE = wasm.state, FINALFUNC = plpgsql_finish,
    MSFUNC = total_step, MINVFUNC = plpgsql_unstep, MSTYPE = wasm.state, MFINALFUNC = plpgsql_finish);
SELECT n % 3, by_sql(n) - 1 = sum(n), by_plpgsql(n) = 2 * sum(n), by_both(n) - 1 = sum(n) FROM numbers WHERE n < 50 GROUP BY 1 ORDER BY 1;
SELECT n, by_sql(n) OVER w, by_plpgsql(n) OVER w, by_both(n) OVER w FROM numbers WHERE n < 5 WINDOW w AS (ORDER BY n ROWS 1 PRECEDING);
-- a function of PL/pgSQL that returns its state moves the state's context to where it does not belong
CREATE FUNCTION plpgsql_same(s wasm.state, n int8) RETURNS wasm.state LANGUAGE plpgsql AS 'BEGIN RETURN s; END';
CREATE AGGREGATE growing(int8) (SFUNC = total_step, STYPE = wasm.state, FINALFUNC = total_finish,
    MSFUNC = total_step, MINVFUNC = plpgsql_same, MSTYPE = wasm.state, MFINALFUNC = total_finish);
SELECT n, growing(n) OVER (ORDER BY n ROWS 1 PRECEDING) FROM numbers WHERE n < 6;
-- what no aggregate should do: states that come to nothing, and others in their place
CREATE FUNCTION other_step(wasm.state, int8) RETURNS wasm.state LANGUAGE sql AS 'SELECT total_step(NULL, $2)';
\set ECHO none
SELECT format('CREATE AGGREGATE undone(int8) (SFUNC = total_unstep, STYPE = wasm.state, FINALFUNC = total_finish, INITCOND = %L);
    CREATE AGGREGATE begun(int8) (SFUNC = total_step, STYPE = wasm.state, FINALFUNC = total_finish, INITCOND = %L)', total_step(NULL, 1000), total_step(NULL, 1000)) \gexec
\set ECHO all
CREATE AGGREGATE others(int8) (SFUNC = other_step, STYPE = wasm.state, FINALFUNC = total_finish);
SET enable_sort = off;
SELECT n % 5, begun(n), undone(n + 100), others(n) FROM numbers WHERE n < 30 GROUP BY 1 ORDER BY 1;
SELECT outcome('SELECT begun(n), undone(CASE n WHEN 13 THEN 7 ELSE 1 END) FROM numbers WHERE n < 30 GROUP BY n % 5');
SELECT n, undone(CASE n WHEN 3 THEN 7 ELSE 1 END) OVER (ORDER BY n) FROM numbers WHERE n < 6;
RESET enable_sort;

-- a state that grows to 10 MB, over rows and beside others
SELECT larger(5000) = (2000::bigint | (10000000::bigint << 32)) FROM numbers;
SELECT g, larger(10000) = (400::bigint | (4000000::bigint << 32)) FROM (SELECT n % 5 AS g FROM numbers) _ GROUP BY g ORDER BY g;
SELECT outcome('SELECT larger(200000) FROM numbers');
-- what is kept, and what queries leave
CREATE FUNCTION used() RETURNS numeric LANGUAGE sql AS 'SELECT sum(bytes) FROM wasm.backend_memory';
CREATE FUNCTION again(times int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..times LOOP
        PERFORM g, total(v), texts(',', g::text), larger(n), taken(v) FROM numbers WHERE n < 100 GROUP BY g;
        PERFORM moving(v) OVER (ORDER BY n ROWS 1 PRECEDING) FROM numbers WHERE n < 20;
        PERFORM stepped(10);
    END LOOP;
END
$$;
SELECT again(2);
CREATE TABLE memory AS SELECT used() AS wasm, (SELECT sum(total_bytes) FROM pg_backend_memory_contexts) AS bytes;
SELECT again(100);
SELECT used() <= wasm AS wasm, (SELECT sum(total_bytes) FROM pg_backend_memory_contexts) < bytes + 2000000 AS bytes, (SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'PL/Wasm states') AS contexts FROM memory;

-- anyone can create one
CREATE ROLE aggregate_maker;
GRANT CREATE, USAGE ON SCHEMA aggregates TO aggregate_maker;
GRANT SELECT ON numbers, states TO aggregate_maker;
SET ROLE aggregate_maker;
CREATE FUNCTION own_step(wasm.state, int8) RETURNS wasm.state LANGUAGE wasm AS 'guests#total.step';
CREATE FUNCTION own_finish(wasm.state) RETURNS int8 LANGUAGE wasm AS 'guests#total.take';
CREATE AGGREGATE own(int8) (SFUNC = own_step, STYPE = wasm.state, FINALFUNC = own_finish);
SELECT own(v) = sum(v) FROM numbers;
SELECT own_finish(s) = total_finish(s) FROM states LIMIT 1;
RESET ROLE;
SELECT own(v) = sum(v) FROM numbers;
DROP OWNED BY aggregate_maker;
DROP ROLE aggregate_maker;

-- components: step, finish and merge return errors; a NULL that step takes
CREATE FUNCTION bounds() RETURNS wasm.module LANGUAGE wasm AS $$
(component
  (core module $m
    (import "" "new" (func $new (param i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 512) "too large") (data (i32.const 544) "nothing")
    (global $free (mut i32) (i32.const 1024))
    (func $allocate (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $free (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
      (global.get $free)
      (global.set $free (i32.add (global.get $free) (local.get 3))))
    (func $error (param $at i32) (param $length i32) (result i32)
      (i32.store8 (i32.const 0) (i32.const 1))
      (i32.store (i32.const 4) (local.get $at))
      (i32.store (i32.const 8) (local.get $length))
      (i32.const 0))
    (func $ok (result i32) (i32.store8 (i32.const 0) (i32.const 0)) (i32.const 0))
    ;; most, sum, NULLs
    (func (export "make") (param $most i32) (result i32) (local $it i32)
      (local.set $it (call $allocate (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 12)))
      (i32.store (local.get $it) (local.get $most))
      (call $new (local.get $it)))
    (func (export "step") (param $it i32) (param $is i32) (param $n i32) (result i32)
      (if (i32.eqz (local.get $is)) (then
        (i32.store offset=8 (local.get $it) (i32.add (i32.load offset=8 (local.get $it)) (i32.const 1)))
        (return (call $ok))))
      (i32.store offset=4 (local.get $it) (i32.add (i32.load offset=4 (local.get $it)) (local.get $n)))
      (if (i32.gt_s (local.get $n) (i32.load (local.get $it))) (then (return (call $error (i32.const 512) (i32.const 9)))))
      (call $ok))
    (func (export "finish") (param $it i32) (result i32)
      (if (i32.eqz (i32.load offset=4 (local.get $it))) (then (return (call $error (i32.const 544) (i32.const 7)))))
      (i32.store (i32.const 4) (i32.add (i32.load offset=4 (local.get $it)) (i32.mul (i32.const 1000) (i32.load offset=8 (local.get $it)))))
      (call $ok))
    (func (export "save") (param $it i32) (result i32)
      (i32.store (i32.const 0) (i32.add (local.get $it) (i32.const 4)))
      (i32.store (i32.const 4) (i32.const 8))
      (i32.const 0))
    (func (export "merge") (param $it i32) (param $at i32) (param $length i32) (result i32)
      (if (i32.ne (local.get $length) (i32.const 8)) (then (return (call $error (i32.const 544) (i32.const 7)))))
      (i32.store offset=4 (local.get $it) (i32.add (i32.load offset=4 (local.get $it)) (i32.load (local.get $at))))
      (i32.store offset=8 (local.get $it) (i32.add (i32.load offset=8 (local.get $it)) (i32.load offset=4 (local.get $at))))
      (call $ok)))
  (type $sum' (resource (rep i32)))
  (core func $new (canon resource.new $sum'))
  (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
  (export $sum "sum" (type $sum'))
  (func (export "[constructor]sum") (param "most" s32) (result (own $sum)) (canon lift (core func $i "make")))
  (func (export "[method]sum.step") (param "self" (borrow $sum)) (param "n" (option s32)) (result (result (error string)))
    (canon lift (core func $i "step") (memory (core memory $i "memory"))))
  (func (export "[method]sum.finish") (param "self" (borrow $sum)) (result (result s32 (error string)))
    (canon lift (core func $i "finish") (memory (core memory $i "memory"))))
  (func (export "[method]sum.save") (param "self" (borrow $sum)) (result (list u8)) (canon lift (core func $i "save") (memory (core memory $i "memory"))))
  (func (export "[method]sum.merge") (param "self" (borrow $sum)) (param "saved" (list u8)) (result (result (error string)))
    (canon lift (core func $i "merge") (memory (core memory $i "memory")) (realloc (core func $i "cabi_realloc")))))
$$;
CREATE FUNCTION bounded_step(wasm.state, int, int) RETURNS wasm.state LANGUAGE wasm PARALLEL SAFE AS 'bounds#sum.step';
CREATE FUNCTION bounded_merge(wasm.state, wasm.state) RETURNS wasm.state LANGUAGE wasm PARALLEL SAFE AS 'bounds#sum.merge';
CREATE FUNCTION bounded_finish(wasm.state) RETURNS int LANGUAGE wasm PARALLEL SAFE AS 'bounds#sum.finish';
CREATE AGGREGATE bounded(int, int) (SFUNC = bounded_step, STYPE = wasm.state, FINALFUNC = bounded_finish, COMBINEFUNC = bounded_merge, PARALLEL = SAFE);
SELECT n % 2, bounded(100, n) FROM generate_series(1, 10) n GROUP BY 1 ORDER BY 1;
SELECT bounded(100, n) FROM unnest(ARRAY[1, NULL, 2, NULL, NULL]) n;
SELECT error('SELECT bounded(5, n) FROM generate_series(1, 10) n');
SELECT error('SELECT bounded(5, NULL::int)');
SELECT bounded(5, 1) FROM numbers WHERE false;
SELECT bounded_finish(bounded_merge(bounded_step(NULL, 9, 1), bounded_step(NULL, 8, 2))), bounded_finish(bounded_step(NULL, 9, 3)::text::wasm.state);
CREATE FUNCTION stepwise_bounded(OUT result text) LANGUAGE plpgsql AS $$
DECLARE
    s wasm.state;
BEGIN
    FOR i IN 1..7 LOOP
        BEGIN
            s := bounded_step(s, 4, i);
        EXCEPTION WHEN external_routine_exception THEN
            result := concat_ws(' ', result, SQLERRM, bounded_finish(s));
        END;
    END LOOP;
END
$$;
SELECT stepwise_bounded();

-- flat states from outside: truncated, changed, of another form, resource or module
CREATE FUNCTION flat(module bytea, resource text, arguments bytea, saved bytea) RETURNS text LANGUAGE sql AS $$
    SELECT '\x01' || encode(substr(sha256(rest), 1, 8) || rest, 'hex')
      FROM (SELECT module || int4send(length(resource)) || resource::bytea || int4send(length(arguments)) || arguments || saved) _ (rest)
$$;
CREATE FUNCTION argument(type text, value text) RETURNS bytea LANGUAGE sql AS $$
    SELECT int4send(length(type)) || type::bytea || CASE WHEN value IS NULL THEN '\x00'::bytea ELSE '\x01' || int4send(length(value)) || value::bytea END
$$;
CREATE FUNCTION code() RETURNS bytea LANGUAGE sql AS 'SELECT substr(total_step(NULL, 1)::text::bytea, 10, 32)';
CREATE FUNCTION tried(flat text, finish text DEFAULT 'total_finish') RETURNS text LANGUAGE sql AS 'SELECT outcome(format($$SELECT %s(%L)$$, finish, flat))';
SELECT tried(flat(code(), 'total', int4send(0), int8send(0) || int8send(0))), tried(flat(code(), 'texts', int4send(1) || argument('text', '-'), 'abc'), 'texts_finish');
SELECT string_agg(DISTINCT tried(substr(s::text::bytea, 1, n)::text), E'\n') FROM (SELECT total_step(NULL, 1) AS s) _, generate_series(0, 60) n;
SELECT string_agg(DISTINCT left(tried(set_byte(s, n, get_byte(s, n) # 1)::text), 5), ' ') FROM (SELECT total_step(NULL, 1)::text::bytea AS s) _, generate_series(0, length(s) - 1) n;
SELECT tried(''), tried('\x'), tried('\x01'), tried('\x02' || repeat('00', 100)), tried('abc');
SELECT tried(flat(code(), 'total', int4send(0), '')), tried(flat(code(), 'total', '', int8send(0) || int8send(0))), tried(flat(code(), 'total', int4send(-1), '')),
    tried(flat(code(), 'total', int4send(1) || argument('int', '1'), '')), tried(flat(code(), 'tota', int4send(0), '')), tried(flat(code(), '', int4send(0), '')),
    tried(flat(code(), E'a\x1b[2J', int4send(0), ''));
SELECT error(format('SELECT total_finish(%L)', flat(sha256(''), 'total', int4send(0), int8send(0) || int8send(0))));
SELECT error($$SELECT texts_finish(total_step(NULL, 1))$$);
SELECT error($$SELECT total_finish(texts_step(NULL, ',', 'x')::text::wasm.state)$$);
SELECT left(type, 40), value, left(tried(flat(code(), 'texts', int4send(1) || argument(type, value), ''), 'texts_finish'), 70)
  FROM (VALUES ('text', NULL), ('text', 'a'), ('int', 'x'), ('int', '1'), ('none', '1'), ('-', '1'), ('0', '1'), ('5000', '1'), ('5000', NULL), ('internal', '1'), ('internal', NULL), ('cstring', 'a'), ('record', '(1)'), ('anyelement', 'x'),
    ('void', ''), ('pg_node_tree', 'x'), ('aggregates.states', '(1)'), ('wasm.state', '\x01'), ('information_schema.cardinal_number', '-1'), ('', ''), ('int; DROP TABLE x', '1'), ('regclass', 'none'), ('setof text', 'a'), (repeat('a.', 1000) || 'b', 'a')) _ (type, value);
-- the interface has a version, so another build reads what this one saved
CREATE PROCEDURE build(n int) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE FUNCTION versioned() RETURNS wasm.module LANGUAGE wasm AS %L', format($module$(module (memory (export "memory") 1) (global $free (mut i32) (i32.const 1024))
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (global.get $free) (global.set $free (i32.add (global.get $free) (local.get 3))))
        (func (export "a:b/c@1.0.0#[constructor]r") (result i32) (i32.const 64))
        (func (export "a:b/c@1.0.0#[method]r.step") (param i32 i32) (i32.store (local.get 0) (i32.add (i32.load (local.get 0)) (local.get 1))))
        (func (export "a:b/c@1.0.0#[method]r.finish") (param i32) (result i32) (i32.mul (i32.const %s) (i32.load (local.get 0))))
        (func (export "a:b/c@1.0.0#[method]r.save") (param i32) (result i32) (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (i32.const 4)) (i32.const 16))
        (func (export "a:b/c@1.0.0#[method]r.merge") (param i32 i32 i32) (i32.store (local.get 0) (i32.add (i32.load (local.get 0)) (i32.load (local.get 1))))))$module$, n));
END
$$;
CALL build(1);
CREATE FUNCTION v_step(wasm.state, int) RETURNS wasm.state LANGUAGE wasm AS 'versioned#r.step';
CREATE FUNCTION v_finish(wasm.state) RETURNS int LANGUAGE wasm AS 'versioned#a:b/c@1.0.0#r.finish';
CREATE TABLE built AS SELECT v_step(NULL, 7) AS s;
SELECT v_finish(s) FROM built;
CALL build(10);
SELECT v_finish(s), v_finish(v_step(s, 1)) FROM built;

-- types of the constructor's arguments that are not built in: only what is stored needs them
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE FUNCTION mood_step(wasm.state, mood, text) RETURNS wasm.state LANGUAGE wasm AS 'guests#texts.step';
CREATE AGGREGATE moods(mood, text) (SFUNC = mood_step, STYPE = wasm.state, FINALFUNC = texts_finish);
SELECT moods('sad', n::text ORDER BY n) FROM numbers WHERE n < 4;
SELECT outcome($$SELECT mood_step(NULL, 'sad', 'x')::text$$);
-- what is stored does not depend on the settings of the session that reads it
CREATE FUNCTION days() RETURNS wasm.module LANGUAGE wasm AS $$(module (memory (export "memory") 1) (global $free (mut i32) (i32.const 1024))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (global.get $free) (global.set $free (i32.add (global.get $free) (local.get 3))))
    (func (export "[constructor]r") (param i32 f64) (result i32) (i32.store (i32.const 64) (local.get 0)) (f64.store (i32.const 72) (local.get 1)) (i32.const 64))
    (func (export "[method]r.step") (param i32 i32))
    (func (export "[method]r.finish") (param i32) (result i32) (i32.load (local.get 0)))
    (func (export "[method]r.exact") (param i32) (result f64) (f64.load offset=8 (local.get 0)))
    (func (export "[method]r.save") (param i32) (result i32) (i32.const 16))
    (func (export "[method]r.merge") (param i32 i32 i32)))$$;
CREATE FUNCTION day_step(wasm.state, date, float8, int) RETURNS wasm.state LANGUAGE wasm AS 'days#r.step';
CREATE FUNCTION day_finish(wasm.state) RETURNS date LANGUAGE wasm AS 'days#r.finish';
CREATE FUNCTION day_exact(wasm.state) RETURNS float8 LANGUAGE wasm AS 'days#r.exact';
SET datestyle = 'SQL, DMY';
SET extra_float_digits = 0;
CREATE TABLE days AS SELECT day_step(NULL, '2024-02-01', 0.1::float8 + 0.2, 1) AS s;
RESET datestyle;
RESET extra_float_digits;
SELECT day_finish(s), day_exact(s) FROM days;

SELECT started = server_started() AS "same server" FROM server;
SET client_min_messages = error;
DROP SCHEMA aggregates CASCADE;

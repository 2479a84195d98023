-- States at random: cursors over aggregates in turn, states in variables, prepared functions, errors that are caught, other
-- settings and new functions in between, all in instances of one module. Each result is compared with PostgreSQL's own.
CREATE SCHEMA states;
SET search_path = states, public;
CREATE TABLE server AS SELECT server_started() AS started;
CALL make_guest('guests', $$
  (func (export "[constructor]total") (result i32) (call 0 (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 16)))
  (func (export "[method]total.step") (param i32 i64)
    (i64.store (local.get 0) (i64.add (i64.load (local.get 0)) (local.get 1)))
    (i64.store offset=8 (local.get 0) (i64.add (i64.load offset=8 (local.get 0)) (i64.const 1)))
    (if (i64.eq (local.get 1) (i64.const -1)) (then unreachable)))
  (func (export "[method]total.unstep") (param i32 i64) (result i32)
    (i64.store (local.get 0) (i64.sub (i64.load (local.get 0)) (local.get 1)))
    (i64.ne (i64.rem_u (local.get 1) (i64.const 5)) (i64.const 0)))
  (func (export "[method]total.save") (param i32) (result i32) (call $return (local.get 0) (i32.const 16)))
  (func (export "[method]total.merge") (param i32 i32 i32)
    (i64.store (local.get 0) (i64.add (i64.load (local.get 0)) (i64.load (local.get 1))))
    (i64.store offset=8 (local.get 0) (i64.add (i64.load offset=8 (local.get 0)) (i64.load offset=8 (local.get 1)))))
  (func (export "[method]total.finish") (param i32) (result i64) (i64.load (local.get 0)))
  (func (export "[method]total.take") (param i32) (result i64) (local i64)
    (local.set 1 (i64.load offset=8 (local.get 0)))
    (i64.store offset=8 (local.get 0) (i64.const 1000000))
    (local.get 1))
  (func (export "[method]total.fail") (param i32) (result i64) (i64.store (local.get 0) (i64.const 0)) unreachable)
  (func (export "[constructor]text") (param i32 i32) (result i32) (local $it i32)
    (local.set $it (call 0 (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 12)))
    (i32.store (local.get $it) (local.get 0))
    (i32.store offset=4 (local.get $it) (local.get 1))
    (local.get $it))
  (func (export "[method]text.get") (param i32) (result i32) (call $return (i32.load (local.get 0)) (i32.load offset=4 (local.get 0))))
  (func (export "[method]text.calls") (param i32) (result i32)
    (i32.store offset=8 (local.get 0) (i32.add (i32.const 1) (i32.load offset=8 (local.get 0))))
    (i32.load offset=8 (local.get 0)))
  (func (export "[method]text.fail") (param i32) (result i32) (i32.store (local.get 0) (i32.const 0)) unreachable)
$$);
CREATE FUNCTION step(wasm.state, int8) RETURNS wasm.state LANGUAGE wasm AS 'guests#total.step';
CREATE FUNCTION unstep(wasm.state, int8) RETURNS wasm.state LANGUAGE wasm AS 'guests#total.unstep';
CREATE FUNCTION merge(wasm.state, wasm.state) RETURNS wasm.state LANGUAGE wasm AS 'guests#total.merge';
CREATE FUNCTION finish(wasm.state) RETURNS int8 LANGUAGE wasm AS 'guests#total.finish';
CREATE FUNCTION take(wasm.state) RETURNS int8 LANGUAGE wasm AS 'guests#total.take';
CREATE FUNCTION fail(wasm.state) RETURNS int8 LANGUAGE wasm AS 'guests#total.fail';
CREATE FUNCTION text_of(text) RETURNS text LANGUAGE wasm AS 'guests#text.get';
CREATE FUNCTION calls(text) RETURNS int LANGUAGE wasm AS 'guests#text.calls';
CREATE FUNCTION fail(text) RETURNS int LANGUAGE wasm AS 'guests#text.fail';
CREATE AGGREGATE total(int8) (SFUNC = step, STYPE = wasm.state, FINALFUNC = finish);
CREATE AGGREGATE counted(int8) (SFUNC = step, STYPE = wasm.state, FINALFUNC = take);
CREATE AGGREGATE moving(int8) (SFUNC = step, STYPE = wasm.state, FINALFUNC = finish, MSFUNC = step, MINVFUNC = unstep, MSTYPE = wasm.state, MFINALFUNC = finish);
CREATE TABLE numbers AS SELECT n FROM generate_series(1, 1000) n;
CREATE TABLE others AS SELECT step(NULL, 1)::text AS flat;

-- the queries of the cursors, and the same with PostgreSQL's aggregates
CREATE TABLE queries (ours text, theirs text);
INSERT INTO queries VALUES
    ('SELECT total(n) OVER (ORDER BY n) FROM numbers', 'SELECT sum(n) OVER (ORDER BY n) FROM numbers'),
    ('SELECT counted(n) OVER (ORDER BY n) FROM numbers', 'SELECT count(n) OVER (ORDER BY n) FROM numbers'),
    ('SELECT moving(n) OVER (ORDER BY n ROWS 3 PRECEDING) FROM numbers', 'SELECT sum(n) OVER (ORDER BY n ROWS 3 PRECEDING) FROM numbers'),
    ('SELECT (SELECT total(m) FROM generate_series(1, n % 10) m) + total(1) OVER (ORDER BY n) FROM numbers', 'SELECT coalesce((SELECT sum(m) FROM generate_series(1, n % 10) m), 0) + sum(1) OVER (ORDER BY n) FROM numbers'),
    ('SELECT total(n) OVER (PARTITION BY n / 7 ORDER BY n) + length(text_of((n % 3)::text)) * calls(''a'') FROM numbers', 'SELECT sum(n) OVER (PARTITION BY n / 7 ORDER BY n) + 1 FROM numbers'),
    ('SELECT total(n) + counted(n) FROM numbers GROUP BY n / 3 ORDER BY n / 3', 'SELECT sum(n) + count(n) FROM numbers GROUP BY n / 3 ORDER BY n / 3');

-- Returns the number of errors that were caught, or raises for the first result that is wrong.
CREATE FUNCTION at_random(seed float8, steps int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    ours refcursor;
    theirs refcursor;
    got bigint;
    want bigint;
    s wasm.state[] := array_fill(NULL::wasm.state, ARRAY[8]);
    sums bigint[] := array_fill(0, ARRAY[8]);
    both_of wasm.state;
    caught int := 0;
    action int;
    k int;
    query queries;
BEGIN
    PERFORM setseed(seed);
    FOR i IN 1..8 LOOP
        SELECT * INTO query FROM queries ORDER BY random() LIMIT 1;
        ours := 'ours' || i;
        theirs := 'theirs' || i;
        OPEN ours FOR EXECUTE query.ours;
        OPEN theirs FOR EXECUTE query.theirs;
    END LOOP;
    FOR i IN 1..steps LOOP
        action := floor(random() * 20);
        k := 1 + floor(random() * 8);
        BEGIN
            IF action < 8 THEN
                ours := 'ours' || k;
                theirs := 'theirs' || k;
                FETCH ours INTO got;
                FETCH theirs INTO want;
                ASSERT got IS NOT DISTINCT FROM want, format('step %s, cursor %s: %s, not %s', i, k, got, want);
            ELSIF action < 11 THEN
                s[k] := step(s[k], i);
                sums[k] := sums[k] + i;
            ELSIF action = 11 THEN
                s[k] := step(s[k], -1);
            ELSIF action = 12 THEN
                both_of := step(merge(s[k], s[1 + k % 8]), i);
                both_of := step(both_of, 1);
                ASSERT finish(both_of) = sums[k] + sums[1 + k % 8] + i + 1, format('step %s: %s', i, finish(both_of));
                PERFORM fail(both_of);
            ELSIF action = 13 THEN
                ASSERT text_of(i::text) = i::text AND text_of((i % 4)::text) = (i % 4)::text AND calls('b') = 1, format('step %s', i);
                PERFORM fail('b');
            ELSIF action = 14 THEN
                ASSERT (SELECT bool_and(a = b) FROM (SELECT total(n), sum(n) FROM numbers WHERE n < 50 GROUP BY n % 9) _ (a, b)), format('step %s', i);
                PERFORM total(CASE n WHEN 40 THEN -1 ELSE n END) FROM numbers WHERE n < 50 GROUP BY n % 9;
            ELSIF action = 15 THEN
                PERFORM finish(set_byte(flat::bytea, 20, 0)::text::wasm.state) FROM others;
            ELSIF action = 16 AND i % 5 = 0 THEN
                CREATE OR REPLACE FUNCTION meanwhile(wasm.state) RETURNS int8 LANGUAGE wasm AS 'guests#total.fail';
                PERFORM meanwhile(s[k]);
            ELSIF action = 17 AND i % 5 = 0 THEN
                PERFORM set_config('plwasm.memory', CASE WHEN random() < 0.5 THEN '32MB' ELSE '64MB' END, true);
            ELSIF action = 18 AND i % 5 = 0 THEN
                PERFORM set_config('plwasm.backend_memory', CASE WHEN random() < 0.5 THEN '20MB' ELSE '1GB' END, true);
            END IF;
        EXCEPTION WHEN external_routine_exception OR invalid_binary_representation THEN
            caught := caught + 1;
        END;
        ASSERT coalesce(finish(s[k]), 0) = sums[k], format('step %s, state %s: %s, not %s', i, k, finish(s[k]), sums[k]);
    END LOOP;
    FOR i IN 1..8 LOOP
        ours := 'ours' || i;
        theirs := 'theirs' || i;
        CLOSE ours;
        CLOSE theirs;
    END LOOP;
    RETURN caught;
END
$$;
SELECT seed, at_random(seed / 10.0::float8, 400) > 50 AS "as PostgreSQL" FROM generate_series(1, 8) seed;

SELECT started = server_started() AS "same server" FROM server;
SET client_min_messages = error;
DROP SCHEMA states CASCADE;

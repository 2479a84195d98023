-- What cancel.sh interrupts: guests that are endless, in every place where a guest runs.
CREATE EXTENSION plwasm;
CREATE FUNCTION good(i int) RETURNS int LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS
    '(module (func (export "good") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))';
-- 0 + 1 + ... + n-1; some two nanoseconds a round
CREATE FUNCTION spin(n int8) RETURNS int8 LANGUAGE wasm PARALLEL SAFE AS '(module
    (func (export "spin") (param i64) (result i64) (local $i i64) (local $sum i64)
        (loop $next
            (local.set $sum (i64.add (local.get $sum) (local.get $i)))
            (local.set $i (i64.add (local.get $i) (i64.const 1)))
            (br_if $next (i64.lt_s (local.get $i) (local.get 0))))
        (local.get $sum)))';

-- endless, in every place where a guest runs
CREATE FUNCTION loop() RETURNS int LANGUAGE wasm PARALLEL SAFE AS
    '(module (func (export "loop") (result i32) (loop br 0) unreachable))';
CREATE FUNCTION loop_if(boolean) RETURNS int LANGUAGE wasm PARALLEL SAFE AS
    '(module (func (export "loop_if") (param i32) (result i32) (loop (br_if 0 (local.get 0))) (i32.const 0)))';
CREATE FUNCTION recursion_loop() RETURNS int LANGUAGE wasm AS '(module
    (func $leaf (param i32) (result i32) (local.get 0))
    (func (export "recursion_loop") (result i32) (loop (drop (call $leaf (i32.const 1))) br 0) unreachable))';
CREATE FUNCTION fill_loop() RETURNS int LANGUAGE wasm AS '(module (memory 1024)
    (func (export "fill_loop") (result i32)
        (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x4000000)) br 0) unreachable))';
CREATE FUNCTION start_loop() RETURNS int LANGUAGE wasm AS '(module
    (func $start (loop br 0)) (start $start)
    (func (export "start_loop") (result i32) (i32.const 1)))';
CREATE FUNCTION initialize_loop() RETURNS int LANGUAGE wasm AS '(module
    (func (export "_initialize") (loop br 0))
    (func (export "initialize_loop") (result i32) (i32.const 1)))';
CREATE FUNCTION realloc_loop(text) RETURNS int LANGUAGE wasm AS '(module (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (loop br 0) unreachable)
    (func (export "realloc_loop") (param i32 i32) (result i32) (i32.const 1)))';
CREATE FUNCTION post_loop() RETURNS text LANGUAGE wasm AS '(module (memory (export "memory") 1)
    (func (export "post_loop") (result i32) (i32.const 16))
    (func (export "cabi_post_post_loop") (param i32) (loop br 0)))';
-- a resource, endless where it is told: 1 in the constructor, 2 in step, 3 in finish, 4 in save, 5 in merge
CREATE FUNCTION resource() RETURNS wasm.module LANGUAGE wasm AS '(module (memory (export "memory") 1)
    (func $at (param i32) (if (i32.eq (i32.load (i32.const 8)) (local.get 0)) (then (loop br 0))))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "[constructor]r") (param i32) (result i32) (i32.store (i32.const 8) (local.get 0)) (call $at (i32.const 1)) (i32.const 16))
    (func (export "[method]r.get") (param i32 i32) (result i32) (call $at (local.get 1)) (i32.load (i32.const 8)))
    (func (export "[method]r.step") (param i32 i32) (call $at (i32.const 2)) (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (local.get 1))))
    (func (export "[method]r.finish") (param i32) (result i32) (call $at (i32.const 3)) (i32.load (i32.const 16)))
    (func (export "[method]r.save") (param i32) (result i32) (call $at (i32.const 4)) (i32.store (i32.const 32) (i32.const 16)) (i32.store (i32.const 36) (i32.const 4)) (i32.const 32))
    (func (export "[method]r.merge") (param i32 i32 i32) (call $at (i32.const 5)) (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (i32.load (local.get 1))))))';
CREATE FUNCTION prepared(int, int) RETURNS int LANGUAGE wasm AS 'resource#r.get';
CREATE FUNCTION step(wasm.state, int, int) RETURNS wasm.state LANGUAGE wasm AS 'resource#r.step';
CREATE FUNCTION merge(wasm.state, wasm.state) RETURNS wasm.state LANGUAGE wasm AS 'resource#r.merge';
CREATE FUNCTION finish(wasm.state) RETURNS int LANGUAGE wasm AS 'resource#r.finish';
CREATE AGGREGATE gathered(int, int) (SFUNC = step, STYPE = wasm.state, FINALFUNC = finish, COMBINEFUNC = merge);

-- Waits until the backend runs a statement, stops it, and waits until it has stopped: milliseconds.
CREATE FUNCTION stop(backend int, terminate boolean DEFAULT false) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
    began timestamptz := clock_timestamp();
    started timestamptz;
BEGIN
    LOOP
        PERFORM pg_stat_clear_snapshot();
        SELECT query_start INTO started FROM pg_stat_activity
         WHERE pid = backend AND state = 'active' AND clock_timestamp() - query_start > '20 ms';
        EXIT WHEN FOUND;
        IF clock_timestamp() - began > '30 s' THEN RAISE '% runs nothing', backend; END IF;
        PERFORM pg_sleep(0.001);
    END LOOP;
    began := clock_timestamp();
    PERFORM CASE WHEN terminate THEN pg_terminate_backend(backend) ELSE pg_cancel_backend(backend) END;
    LOOP
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN NOT EXISTS (
            SELECT FROM pg_stat_activity WHERE pid = backend AND state = 'active' AND query_start = started);
        IF clock_timestamp() - began > '30 s' THEN RAISE '% does not stop', backend; END IF;
        PERFORM pg_sleep(0.0005);
    END LOOP;
    RETURN extract(epoch FROM clock_timestamp() - began) * 1000;
END $$;

CREATE FUNCTION caught() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN loop();
EXCEPTION WHEN query_canceled THEN
    RETURN 'caught ' || good(21);
END $$;
CREATE TABLE t AS SELECT i FROM generate_series(1, 1000) i;
ANALYZE t;

-- Parallel workers: each has an engine of its own, and the same results, limits and errors.
CREATE FUNCTION half(int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE COST 10000 AS
    '(module (func (export "half") (param i32) (result i32) (if (i32.eq (local.get 0) (i32.const -1)) (then unreachable)) (i32.div_s (local.get 0) (i32.const 2))))';
CREATE FUNCTION spin() RETURNS int LANGUAGE wasm VOLATILE PARALLEL SAFE AS '(module (func (export "spin") (result i32) (loop $l (br $l)) (i32.const 1)))';
CREATE TABLE many AS SELECT generate_series(1, 20000) AS n;
ALTER TABLE many SET (parallel_workers = 2);
ANALYZE many;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT sum(half(n)) FROM many;
SELECT sum(half(n)) = (SELECT sum(n / 2) FROM many) AS right FROM many;
-- the leader does not take part, so workers made the calls
SET parallel_leader_participation = off;
SELECT sum(half(n)) = (SELECT sum(n / 2) FROM many) AS right FROM many;
-- an error in a worker ends the query, and the session goes on
INSERT INTO many VALUES (-1);
SELECT outcome('SELECT sum(half(n)) FROM many');
SELECT outcome('SELECT count(*) FROM many WHERE spin() > 0');
DELETE FROM many WHERE n = -1;
-- a worker has the session's limits
SET plwasm.fuel = 1;
SELECT outcome('SELECT sum(half(n)) FROM many');
RESET plwasm.fuel;
SELECT sum(half(n)) = (SELECT sum(n / 2) FROM many) AS right FROM many;
-- a function created in the same transaction
BEGIN;
CREATE OR REPLACE FUNCTION half(int) RETURNS int LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE COST 10000 AS
    '(module (func (export "half") (param i32) (result i32) (local.get 0)))';
SELECT sum(half(n)) = (SELECT sum(n) FROM many) AS right FROM many;
ROLLBACK;
-- whatever would not be parallel
SET max_parallel_workers_per_gather = 1;
CREATE INDEX ON many (half(n));
DROP TABLE many;
DROP FUNCTION half, spin;

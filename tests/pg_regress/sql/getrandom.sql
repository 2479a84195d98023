-- Rust crates that need random numbers: `guest-examples/rust-random`, with all versions of getrandom, has no imports.
-- The numbers are the same in each call.
CREATE SCHEMA getrandom;
SET search_path = getrandom, public;
\getenv guests PLWASM_GUESTS
\set code `base64 -w0 :'guests'/rust-random/random.wasm`
CREATE FUNCTION random_numbers() RETURNS wasm.module LANGUAGE wasm AS :'code';
\pset format unaligned
\pset tuples_only on
SELECT function FROM wasm.create_functions('random_numbers') WHERE export IS NOT NULL ORDER BY export COLLATE "C";

-- A hash map finds its entries with any seed.
SELECT "distinct"('{a,b,a,"",c,b}'), "distinct"('{}');
SELECT words <> shuffled, words @> shuffled AND words <@ shuffled AND cardinality(shuffled) = 50
  FROM (SELECT array_agg(i::text) FROM generate_series(1, 50) i) w (words), shuffle(words) s (shuffled);

-- Each call begins anew; with one instance for all calls of a statement, the numbers go on.
CREATE FUNCTION pick_again(bigint) RETURNS bigint LANGUAGE wasm AS 'random_numbers#pick';
CREATE FUNCTION pick_next(bigint) RETURNS bigint LANGUAGE wasm AS 'random_numbers#pick isolation=statement';
SELECT count(DISTINCT pick_again(1000000)), count(DISTINCT pick_next(1000000)) > 90, max(pick_next(10)) < 10 FROM generate_series(1, 100);

SET client_min_messages = warning;
DROP SCHEMA getrandom CASCADE;

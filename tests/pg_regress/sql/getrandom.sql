-- Rust crates that want random numbers: `guest-examples/rust-random`, of all versions of getrandom, has no imports. What
-- they get is the same in each call.
CREATE SCHEMA getrandom;
SET search_path = getrandom, public;
\getenv guests PLWASM_GUESTS
\set code `base64 -w0 :'guests'/rust-random/random.wasm`
CREATE FUNCTION random_numbers() RETURNS wasm.module LANGUAGE wasm AS :'code';
SELECT sql FROM wasm.create_functions('random_numbers') WHERE export IS NOT NULL;

-- as a hash has another seed, it is what it has to be
SELECT "distinct"('{a,b,a,"",c,b}'), "distinct"('{}');
SELECT count(DISTINCT (s, p)), min(p) >= 0 AND max(p) < 1000, bool_and(s <> words), bool_and(s @> words AND s <@ words)
  FROM generate_series(1, 100), (SELECT array_agg(i::text) FROM generate_series(1, 50) i) w (words), shuffle(words) s, pick(1000) p;
-- with an instance for all calls they go on
CREATE FUNCTION picks(bigint) RETURNS bigint LANGUAGE wasm AS 'random_numbers#pick isolation=statement';
SELECT count(DISTINCT picks(1000000)) > 90 FROM generate_series(1, 100);

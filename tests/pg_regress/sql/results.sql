-- Results: how much of the server's memory a result may take. evil.sql has hostile guests;
-- tests/client/results.sh checks that this is the memory that is counted.
CREATE SCHEMA results;
SET search_path = results, public;
CREATE FUNCTION echo(text) RETURNS text LANGUAGE wasm AS 'public.strings';
CREATE FUNCTION echo(bytea) RETURNS bytea LANGUAGE wasm AS 'public.strings';
CREATE FUNCTION echo_jsonb(text) RETURNS jsonb LANGUAGE wasm AS 'public.strings#echo';
-- lists of n elements of m bytes, which are all at the same address
CREATE FUNCTION lists() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory (export "memory") 1)
  (func (export "list") (param $n i32) (param $m i32) (result i32) (local $i i32)
    (drop (memory.grow (i32.shr_u (i32.add (i32.mul (local.get $n) (i32.const 8)) (local.get $m)) (i32.const 16))))
    (i32.store (i32.const 0) (i32.const 8))
    (i32.store (i32.const 4) (local.get $n))
    (local.set $i (i32.const 8))
    (if (i32.eqz (local.get $n)) (then (return (i32.const 0))))
    (loop $next
      (i32.store (local.get $i) (i32.add (i32.const 8) (i32.shl (local.get $n) (i32.const 3))))
      (i32.store offset=4 (local.get $i) (local.get $m))
      (local.set $i (i32.add (local.get $i) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $i) (i32.add (i32.const 8) (i32.shl (local.get $n) (i32.const 3))))))
    (memory.fill (local.get $i) (i32.const 49) (local.get $m))
    (i32.const 0)))
$$;
CREATE FUNCTION texts(n int, m int) RETURNS text[] LANGUAGE wasm AS 'lists#list';
CREATE FUNCTION rows(n int, m int) RETURNS SETOF text LANGUAGE wasm AS 'lists#list';
CREATE FUNCTION numerics(n int, m int) RETURNS numeric[] LANGUAGE wasm AS 'lists#list';
CREATE DOMAIN checked AS text CHECK (length(VALUE) > 0);
CREATE FUNCTION domains(n int, m int) RETURNS SETOF checked LANGUAGE wasm AS 'lists#list';

-- each value counts, and all values of a result together, with the copies on the way
SET plwasm.max_result_size = '1MB';
SELECT length(echo(repeat('x', 900000))), length(echo(repeat('x', 900000)::bytea));
SELECT error('SELECT length(echo(repeat(''x'', 1048577)))');
SELECT error('SELECT length(echo(repeat(''x'', 1048577)::bytea))');
SELECT cardinality(texts(1, 400000)), cardinality(texts(4, 90000)), cardinality(texts(4000, 4));
SELECT outcome('SELECT texts(1, 700000)'), outcome('SELECT texts(4, 200000)'), outcome('SELECT texts(40000, 4)');
SELECT cardinality(numerics(100, 1000)), outcome('SELECT numerics(2000, 1000)');
SELECT jsonb_array_length(echo_jsonb('[' || repeat('1,', 5000) || '1]')), outcome($$SELECT echo_jsonb('[' || repeat('1,', 50000) || '1]')$$);
-- commas in a string count, too, because nobody has looked for them
SELECT outcome($$SELECT echo_jsonb('"' || repeat(',', 12000) || '"')$$) LIKE '54000%' AS refused, length(echo_jsonb('"' || repeat('.', 12000) || '"')::text);
-- one statement can make any number of results
SELECT count(echo(repeat('x', 900000))) FROM generate_series(1, 20);
-- each row of a set counts alone; all rows may take more, because they go to disk
SELECT count(*), sum(length(rows)) FROM rows(1000, 500000);
SELECT error('SELECT count(*) FROM rows(3, 1100000)');
SET temp_file_limit = '10MB';
SELECT replace(outcome('SELECT count(*) FROM rows(1000, 500000)'), '"', '') AS outcome; -- PostgreSQL 18 quotes the name
RESET temp_file_limit;
-- rows that are checked at the end are kept until then
SELECT count(*) FROM domains(10, 10000);
SELECT outcome('SELECT count(*) FROM domains(200, 10000)');
RESET plwasm.max_result_size;
SELECT count(*) FROM domains(200, 10000);
SELECT length(echo(repeat('x', 20000000))), cardinality(texts(1000000, 4)), jsonb_array_length(echo_jsonb('[' || repeat('1,', 1000000) || '1]'));

-- more than any value of PostgreSQL can be, with any limit
SET plwasm.max_result_size = '8GB';
SET plwasm.memory = '1GB';
SET plwasm.backend_memory = '2GB';
CREATE FUNCTION gigabyte() RETURNS bytea LANGUAGE wasm AS '(module (memory (export "memory") 0x4000)
    (func (export "gigabyte") (result i32) (i32.store (i32.const 4) (i32.const 0x40000000)) (i32.const 0)))';
SELECT error('SELECT gigabyte()');
RESET plwasm.backend_memory;
RESET plwasm.memory;
RESET plwasm.max_result_size;

SET client_min_messages = error;
DROP SCHEMA results CASCADE;
RESET search_path;

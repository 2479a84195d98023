-- source: a variation of our own on projectnessie/nessie #10933 (drivers read in portions of 100 rows)
-- situation: a running number (isolation=statement) read in portions by a cursor, as JDBC's fetchSize or psql's FETCH_COUNT do
-- expected: the same numbers whatever the portions
CREATE FUNCTION counter() RETURNS wasm.module LANGUAGE wasm AS '(module (global $n (mut i32) (i32.const 0)) (func (export "next") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))';
CREATE FUNCTION running() RETURNS int VOLATILE LANGUAGE wasm AS 'counter#next isolation=statement';
SELECT pg_temp.gives('all at once', 'SELECT string_agg(running()::text, $$ $$) FROM generate_series(1, 7)', '1 2 3 4 5 6 7');
CREATE TEMP TABLE numbers (n int);
CREATE FUNCTION pg_temp.loop() RETURNS text LANGUAGE plpgsql AS $$ DECLARE v int; s text := ''; BEGIN FOR v IN SELECT running() FROM generate_series(1, 120) LOOP s := s || CASE WHEN v IN (1, 50, 51, 120) THEN v || ' ' ELSE '' END; END LOOP; RETURN s; END $$;
SELECT pg_temp.gives('PL/pgSQL''s loop', 'SELECT pg_temp.loop()', '1 50 51 120 ');
\o /tmp/reports_fetch.txt
\set FETCH_COUNT 3
SELECT running() FROM generate_series(1, 7);
\unset FETCH_COUNT
\o
\set portions `tr '\n' ' ' < /tmp/reports_fetch.txt; rm /tmp/reports_fetch.txt`
SELECT pg_temp.gives('in portions of three', format('SELECT rtrim(%L)', :'portions'), '1 2 3 4 5 6 7');

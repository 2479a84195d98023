-- source: aws/pg_tle #210; zombodb #736 (functions behind casts, operators and range types)
-- situation: functions called by the server itself without an expression around: casts, subtype_diff of a range with GiST, constraint triggers of domains, default of a column type
-- expected: they work as in a query
CREATE TYPE temperature AS (tenths int);
SELECT pg_temp.def('to_temperature(int) RETURNS temperature IMMUTABLE STRICT', '(func (export "to_temperature") (param i32) (result i32) (i32.mul (i32.const 10) (local.get 0)))');
SELECT pg_temp.def('to_int(temperature) RETURNS int IMMUTABLE STRICT', '(func (export "to_int") (param i32) (result i32) (i32.div_s (local.get 0) (i32.const 10)))');
CREATE CAST (int AS temperature) WITH FUNCTION to_temperature(int) AS ASSIGNMENT;
CREATE CAST (temperature AS int) WITH FUNCTION to_int(temperature) AS IMPLICIT;
SELECT pg_temp.def('apart(int, int) RETURNS float8 IMMUTABLE STRICT', '(func (export "apart") (param i32 i32) (result f64) (f64.convert_i32_s (i32.sub (local.get 0) (local.get 1))))');
CREATE TYPE span AS RANGE (subtype = int, subtype_diff = apart);
CREATE TABLE weather (day span, t temperature);
INSERT INTO weather SELECT span(i, i + 5), i % 30 FROM generate_series(1, 1000) i;
CREATE INDEX ON weather USING gist (day);
ANALYZE weather;
SELECT pg_temp.gives('cast in assignment', 'SELECT sum((t).tenths) FROM weather', '144100');
SELECT pg_temp.gives('implicit cast', 'SELECT t + 1 FROM weather WHERE lower(day) = 29', '30');
SELECT pg_temp.gives('cast of an array', $$SELECT ('{1,2}'::int[])::temperature[]::text$$, '{(10),(20)}');
SET enable_seqscan = off;
SELECT pg_temp.gives('GiST', $$SELECT count(*) FROM weather WHERE day && span(100, 110)$$, '14');
SELECT pg_temp.gives('exclusion', $q$CREATE TABLE booked (s span, EXCLUDE USING gist (s WITH &&))$q$, 'done');
INSERT INTO booked SELECT span(i * 10, i * 10 + 10) FROM generate_series(1, 300) i;
SELECT pg_temp.gives('excluded', $$INSERT INTO booked VALUES (span(15, 16))$$, 'ERROR 23P01');
SELECT pg_temp.gives('a cast by way of text', $$SELECT '(50)'::temperature::int$$, '5');

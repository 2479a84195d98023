-- source: supabase/cli #3921; research-software-directory #1499; postgis/h3-pg #168; debate-map #189; ClickHouse #53821
-- situation: generated columns, indexes, checks, defaults, partition keys, materialized views and domains use functions of a schema that is in no search_path; dump and restore
-- expected: restored without an error, and everything works there
-- needs: PGHOST, PGPORT and PGUSER in the environment; makes and drops the database reports_restored
CREATE SCHEMA IF NOT EXISTS "Odd schema";
CREATE FUNCTION "Odd schema".tools() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export "twice") (param i32) (result i32) (i32.mul (i32.const 2) (local.get 0))) (func (export "is-even") (param i32) (result i32) (i32.eqz (i32.and (i32.const 1) (local.get 0)))))';
CREATE FUNCTION "Odd schema"."Twice it"(int) RETURNS int IMMUTABLE STRICT PARALLEL SAFE LANGUAGE wasm AS 'tools#twice';
CREATE FUNCTION even(int) RETURNS bool IMMUTABLE STRICT PARALLEL SAFE LANGUAGE wasm SET plwasm.fuel = '1e6' AS '"Odd schema".tools#is_even fuel=1e5';
CREATE FUNCTION a_default() RETURNS int LANGUAGE wasm AS '(module (func (export "a_default") (result i32) (i32.const 41)))';
CREATE DOMAIN even_number AS int CHECK (even(VALUE));
CREATE TABLE aaa_first (n int PRIMARY KEY, d int DEFAULT a_default(), g int GENERATED ALWAYS AS ("Odd schema"."Twice it"(n)) STORED, e even_number, CHECK (even(g)));
CREATE INDEX ON aaa_first ("Odd schema"."Twice it"(d)) WHERE even(n);
CREATE TABLE parts (n int) PARTITION BY LIST (even(n));
CREATE TABLE parts_even PARTITION OF parts FOR VALUES IN (true);
CREATE TABLE parts_odd PARTITION OF parts FOR VALUES IN (false);
INSERT INTO aaa_first (n, e) SELECT i, i * 2 FROM generate_series(1, 10) i;
INSERT INTO parts SELECT generate_series(1, 9);
CREATE MATERIALIZED VIEW aaa_view AS SELECT n, "Odd schema"."Twice it"(n) AS t FROM aaa_first WHERE even(n);
\! psql -X -q -d postgres -c "DROP DATABASE IF EXISTS reports_restored" -c "CREATE DATABASE reports_restored" && pg_dump -n r47 -n "\"Odd schema\"" -n wasm -e plwasm 2>&1 > /tmp/reports_dump.$PPID.sql | head -3; sed -i '1i CREATE EXTENSION IF NOT EXISTS plwasm;' /tmp/reports_dump.$PPID.sql
CREATE FUNCTION ran(command text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE r text; BEGIN CREATE TEMP TABLE IF NOT EXISTS output (line text); TRUNCATE output; EXECUTE format('COPY output FROM PROGRAM %L', command); RETURN (SELECT string_agg(line, ' ') FROM output); END $$;
\! psql -X -q -d reports_restored -v ON_ERROR_STOP=0 -f /tmp/reports_dump.$PPID.sql 2>&1 | grep ERROR > /tmp/reports_errors.txt; rm /tmp/reports_dump.$PPID.sql
\set errors `cat /tmp/reports_errors.txt | head -5`
\set result `psql -X -q -t -A -d reports_restored -c "SET search_path = r47" -c "INSERT INTO aaa_first (n, e) VALUES (11, 4)" -c "SELECT (SELECT sum(g) FROM aaa_first) || ' ' || (SELECT d FROM aaa_first WHERE n = 11) || ' ' || (SELECT count(*) FROM parts_even) || ' ' || (SELECT sum(t) FROM aaa_view)" -c "SELECT '3'::even_number" 2>&1 | tr '\n' ' '`
\! psql -X -q -d postgres -c "DROP DATABASE reports_restored"; rm -f /tmp/reports_errors.txt
SELECT pg_temp.gives('errors', format('SELECT %L', :'errors'), '');
SELECT pg_temp.gives('what is there', format('SELECT rtrim(left(%L, 12))', :'result'), '132 41 4 60');
SELECT pg_temp.gives('the check', format('SELECT %L ~ %L', :'result', 'violates check constraint'), 'true');
DROP SCHEMA "Odd schema" CASCADE;

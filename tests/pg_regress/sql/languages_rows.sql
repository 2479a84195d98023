-- guest-examples/wit/rows.wit in every language that has it: trigger functions and a window function, with the same results as
-- those of guest-examples/triggers and guest-examples/windows, in Rust.
\getenv guests PLWASM_GUESTS
CREATE SCHEMA languages_rows;
SET search_path = languages_rows, public;
\pset null NULL

CREATE TABLE language (name text COLLATE "C" PRIMARY KEY, has_json bool, triggers bytea, windows bytea);
INSERT INTO language
    SELECT name, has_json, pg_read_binary_file(:'guests' || '/' || triggers, 0, 1 << 26, true), -- NULL if there is none
           pg_read_binary_file(:'guests' || '/' || coalesce(windows, triggers), 0, 1 << 26, true)
      FROM (VALUES
    ('c', false, 'c/rows.wasm', NULL),
    ('go', true, 'go/tables.wasm', NULL),
    ('javascript', true, 'javascript/tables.wasm', NULL),
    ('python', true, 'python/tables.wasm', NULL),
    ('rust', true, 'triggers/triggers.wasm', 'windows/windows.wasm')) AS guest (name, has_json, triggers, windows);
-- The large ones are not in the repository: tests/run builds them, and says which it cannot build.
DELETE FROM language WHERE triggers IS NULL;
SET plwasm.max_module_size = '32MB';
-- Go's modules name WASI
SET plwasm.wasi = 'inert';
-- the time to compile Python
SET statement_timeout = 0;

-- each in a schema with the name of its language
CREATE FUNCTION create_functions(language) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE SCHEMA %I', $1.name);
    EXECUTE format('SET LOCAL search_path = %I, public', $1.name);
    PERFORM wasm.create_module('rows', $1.triggers);
    PERFORM wasm.create_module('series', $1.windows);
    CREATE FUNCTION email() RETURNS trigger LANGUAGE wasm AS 'rows';
    CREATE FUNCTION fill_gaps(timestamptz, float8) RETURNS float8 LANGUAGE wasm WINDOW IMMUTABLE AS 'series#fill-gaps';
    CREATE TABLE contacts (id int, email text);
    CREATE TRIGGER email BEFORE INSERT OR UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION email();
    IF $1.has_json THEN
        CREATE FUNCTION record_changes() RETURNS trigger LANGUAGE wasm AS 'rows#record-changes';
        CREATE TABLE things (id int, n int, title text, tags text[], doc jsonb, history jsonb);
        CREATE TRIGGER changes BEFORE INSERT OR UPDATE ON things FOR EACH ROW EXECUTE FUNCTION record_changes('history');
    END IF;
END
$$;
SELECT count(create_functions(language)) > 1 AS several FROM language;

-- Returns the rows of a statement, or its error with DETAIL, in the schema of a language.
CREATE FUNCTION result(language text, query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN
    EXECUTE format('SET LOCAL search_path = %I, public', language);
    RETURN QUERY EXECUTE query;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN NEXT SQLSTATE || ': ' || SQLERRM || coalesce(nullif(' ' || detail, ' '), '');
END
$$;

CREATE TABLE statement (n int GENERATED ALWAYS AS IDENTITY, needs_json bool, sql text);
INSERT INTO statement (needs_json, sql) VALUES
    (false, $$INSERT INTO contacts VALUES (1, '  Ann@Example.ORG '), (2, 'bob@example.org') RETURNING contacts::text$$),
    (false, $$UPDATE contacts SET email = E'\t' || upper(email) || ' ' WHERE id = 2 RETURNING contacts::text$$),
    (false, $$INSERT INTO contacts VALUES (3, 'Ann') RETURNING 'inserted'$$),
    (false, $$INSERT INTO contacts VALUES (3, 'ann@example') RETURNING 'inserted'$$),
    (false, $$INSERT INTO contacts VALUES (3, '@example.org') RETURNING 'inserted'$$),
    (false, $$INSERT INTO contacts VALUES (3, 'a b@example.org') RETURNING 'inserted'$$),
    (false, $$INSERT INTO contacts VALUES (3, '') RETURNING 'inserted'$$),
    (false, $$INSERT INTO contacts VALUES (3, NULL) RETURNING 'inserted'$$),
    (true, $$INSERT INTO things VALUES (1, 10, 'one "é"', '{a,NULL}', '{"k": [true]}') RETURNING things::text$$),
    (true, $$UPDATE things SET n = 11, tags = NULL, doc = '{"k": [1]}' RETURNING history::text$$),
    (true, $$UPDATE things SET history = '{}' RETURNING history::text$$),
    (false, $$SELECT string_agg(coalesce(v::text, '-'), ' ' ORDER BY h) FROM (
        SELECT h, fill_gaps('2026-01-01Z'::timestamptz + h * interval '1 hour', v) OVER (ORDER BY h) AS v
        FROM unnest('{NULL,1,NULL,NULL,4,5,NULL,9.5,NULL}'::float8[]) WITH ORDINALITY AS m (v, h)) AS q$$),
    (false, $$SELECT string_agg(coalesce(v::text, '-'), ' ' ORDER BY h) FROM (
        SELECT h, fill_gaps('2026-01-01Z'::timestamptz + h * interval '1 hour', NULL) OVER (ORDER BY h) AS v
        FROM generate_series(1, 3) AS h) AS q$$),
    (false, $$SELECT string_agg(v::text, ' ' ORDER BY h) FROM (
        SELECT h, fill_gaps('2026-01-01Z', v) OVER (ORDER BY h) AS v
        FROM unnest('{1,NULL,4}'::float8[]) WITH ORDINALITY AS m (v, h)) AS q$$),
    (false, $$SELECT count(*) || ' ' || sum(v) FROM (
        SELECT fill_gaps('2026-01-01Z'::timestamptz + h * interval '1 s', nullif(h % 100, 50)) OVER (PARTITION BY h / 1000) AS v
        FROM generate_series(0, 9999) AS h) AS q$$);
CREATE TABLE result AS
    SELECT statement.n, statement.sql, language.name AS language, row, result
      FROM statement, language, result(language.name, statement.sql) WITH ORDINALITY AS r (result, row)
     WHERE language.has_json OR NOT statement.needs_json
     ORDER BY n, language;

-- One line for each row, unless languages differ. Then one line for each result, with the languages that returned it.
\pset format unaligned
SELECT n, result,
       CASE WHEN count(*) < (SELECT count(*) FROM result other WHERE other.n = r.n AND other.row = r.row) THEN
           string_agg(language, ' ' ORDER BY language)
       END AS only
  FROM result r GROUP BY n, row, result ORDER BY n, row, result;
\pset format aligned

SET client_min_messages = error;
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT language.name FROM language LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', name);
    END LOOP;
END
$$;
DROP SCHEMA languages_rows CASCADE;
RESET client_min_messages;
RESET statement_timeout;
RESET plwasm.wasi;
RESET plwasm.max_module_size;
RESET search_path;

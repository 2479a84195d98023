-- guest-examples/wit/examples.wit in every language: SQL sees the same, whichever language a guest is written in.
\getenv guests PLWASM_GUESTS
CREATE SCHEMA languages;
SET search_path = languages, public;
\pset null NULL

-- A guest with WIT has it in its file. The one in C has none; with WIT appended, it is one more guest.
CREATE TABLE language (name text COLLATE "C" PRIMARY KEY, wit bool, code bytea);
INSERT INTO language
    SELECT name, wit, pg_read_binary_file(:'guests' || '/' || file, 0, 1 << 26, true) -- NULL if there is none
      FROM (VALUES
    ('assemblyscript', true, 'assemblyscript/examples.wasm'),
    ('c', false, 'c/examples.wasm'),
    ('cpp', true, 'cpp/examples.wasm'),
    ('go', true, 'go/examples.wasm'),
    ('javascript', true, 'javascript/examples.wasm'),
    ('javascript_spidermonkey', true, 'javascript/spidermonkey.wasm'),
    ('python', true, 'python/examples.wasm'),
    ('rust', true, 'rust/examples.wasm'),
    ('rust_component', true, 'component/rust.wasm'),
    ('zig', true, 'zig/examples.wasm')) AS guest (name, wit, file);
INSERT INTO language
    SELECT 'c_with_wit', true, code || substr(pg_read_binary_file(:'guests' || '/component/wit.wasm'), 9)
      FROM language WHERE name = 'c';

-- The large ones are not in the repository: tests/run builds them, and says which it cannot build.
DELETE FROM language WHERE code IS NULL;
-- the time to compile them: minutes, if the library was built without optimizations
SET plwasm.max_module_size = '32MB';
-- Go's modules name WASI
SET plwasm.wasi = 'inert';
SET statement_timeout = 0;

-- The types of the WIT. SQL has types named point and line, so these have other names.
CREATE TYPE place AS (x float8, y float8);
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE order_line AS (article text, quantity int, price numeric);

-- Without WIT, nothing says that there is an option or a result. So some functions cannot be created.
CREATE TABLE declaration (sql text, needs_wit bool);
INSERT INTO declaration VALUES
    ('add(int, int) RETURNS int', true),
    ('slugify(text) RETURNS text', false),
    ('total(int[]) RETURNS bigint', true),
    ('distance(place, place) RETURNS float8', false),
    ('better(mood) RETURNS mood', true),
    ('reverse(bytea) RETURNS bytea', false),
    ('words(text) RETURNS text[]', false),
    ('counted(order_line[]) RETURNS order_line[]', true),
    ('scale(interval, int) RETURNS interval', false),
    ('calls() RETURNS bigint', true),
    ('fail(text) RETURNS text', true);

-- Returns the value of a statement, its error, or NULL if the value is NULL or there is none.
CREATE FUNCTION result(query text, OUT result text) LANGUAGE plpgsql AS $$
BEGIN
    IF query LIKE 'SELECT %' THEN
        EXECUTE query INTO result;
    ELSE
        EXECUTE query;
    END IF;
EXCEPTION WHEN OTHERS THEN
    result := SQLSTATE || ': ' || SQLERRM;
END
$$;

-- each in a schema with the name of its language; functions that cannot be created are listed
CREATE FUNCTION create_functions(language) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    d declaration;
BEGIN
    EXECUTE format('CREATE SCHEMA %I', $1.name);
    PERFORM wasm.create_module(format('%I.examples', $1.name), $1.code);
    FOR d IN SELECT * FROM declaration WHERE $1.wit OR NOT needs_wit LOOP
        RETURN NEXT result(format('CREATE FUNCTION %I.%s LANGUAGE wasm AS %L', $1.name, d.sql, 'examples'));
    END LOOP;
EXCEPTION WHEN OTHERS THEN
    RETURN NEXT SQLSTATE || ': ' || SQLERRM;
END
$$;
SELECT name, error FROM language, create_functions(language) error WHERE error IS NOT NULL ORDER BY name;

CREATE TABLE call (n int GENERATED ALWAYS AS IDENTITY, needs_wit bool, sql text);
INSERT INTO call (needs_wit, sql) VALUES
    (true, 'add(1, 2)'),
    (true, 'add(-2147483648, 0)'),
    (true, 'add(NULL, 1)'),
    (true, 'add(2147483647, 1)'),
    (false, 'slugify(''  Hello, World!  '')'),
    (false, 'slugify(''Ærø 2 – ünï'')'),
    (false, 'slugify('''')'),
    (true, 'total(''{1, NULL, 2147483647, 2147483647, -1}'')'),
    (true, 'total(''{}'')'),
    (true, 'total(''{NULL}'')'),
    (true, 'total(NULL)'),
    (true, 'total(''{{1}, {2}}'')'),
    (false, 'distance(''(0,0)'', ''(3,4)'')'),
    (false, 'distance(''(0.1,-0.5)'', ''(1e10,infinity)'')'),
    (true, 'better(''sad'')'),
    (true, 'better(''ok'')'),
    (true, 'better(''happy'')'),
    (false, 'reverse(''\x0001ff'')'),
    (false, 'reverse('''')'),
    (false, 'words(''  two  wörds 🐘 '')'),
    (false, 'words('''')'),
    (true, 'counted(ARRAY[(''nail'', 100, 0.05), (''"screw", long'', NULL, 1), (''ñ'', 0, ''NaN'')]::languages.order_line[])'),
    (true, 'counted(''{}'')'),
    (false, 'scale(''1 mon -2 days 00:00:03.5'', 3)'),
    (false, 'scale(''1 year'', 0)'),
    (true, 'calls()'),
    (true, 'calls() + %1$I.calls()'),
    (true, 'fail(''because'')'),
    (true, 'fail('''')');

CREATE TABLE result AS
    SELECT call.n, replace(call.sql, '%1$I.', '') AS call, language.name AS language, result(format('SELECT %1$I.' || call.sql, language.name))
      FROM language, call
     WHERE language.wit OR NOT call.needs_wit;

-- One line for each call, unless languages differ. Then one line for each result, with the languages that returned it.
SELECT call, result,
       CASE WHEN count(*) < (SELECT count(*) FROM result other WHERE other.n = r.n) THEN
           string_agg(language, ' ' ORDER BY language)
       END AS only
  FROM result r GROUP BY n, call, result ORDER BY n, result;

-- The hint of an error, from a record in a result.
SELECT DISTINCT hint FROM language, error(format('SELECT %I.add(2147483647, 1)', name)) hint WHERE wit AND hint LIKE 'HINT%';
-- Errors in a guest itself: here languages differ. C, Go and AssemblyScript wrap, QuickJS saturates. The message of a
-- panic is in the error.
SELECT name, result(format('SELECT %I.scale(''1073741824 mons'', 2)', name))
  FROM language WHERE name IN ('cpp', 'rust', 'rust_component', 'zig') ORDER BY name;
SET plwasm.memory = '256kB';
SELECT result('SELECT cpp.slugify(repeat(''a'', 300000))');
RESET plwasm.memory;
-- Only Go needs a WASI. With `none` its module is refused.
SET plwasm.wasi = 'none';
SELECT name, slug FROM language, result(format('SELECT %I.slugify(''A'')', name)) slug
 WHERE slug <> CASE name WHEN 'go' THEN '0A000: WebAssembly module has imports' ELSE 'a' END;
RESET plwasm.wasi;
-- one instance for a statement, if a function asks for it
CREATE FUNCTION count_calls() RETURNS bigint LANGUAGE wasm AS 'rust.examples#calls isolation=statement';
SELECT count_calls(), count_calls();
SELECT count_calls();

SET client_min_messages = error;
SELECT count(result(format('DROP SCHEMA %I CASCADE', name))) AS errors FROM language;
DROP SCHEMA languages CASCADE;
RESET client_min_messages;
RESET statement_timeout;
RESET plwasm.max_module_size;
RESET search_path;

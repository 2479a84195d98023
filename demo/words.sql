\set ECHO all
-- 1. Two WebAssembly files, compiled from C and from Rust, become six functions. One of them:
CREATE EXTENSION plwasm;
\set code `base64 -w0 guest-examples/c-text/text.wasm`
CREATE FUNCTION c.text_tools() RETURNS wasm.module LANGUAGE wasm AS :'code';
CREATE FUNCTION c.soundex(text) RETURNS text LANGUAGE wasm IMMUTABLE STRICT AS 'text_tools#soundex';
\set ECHO none
CREATE FUNCTION c.slugify(text) RETURNS text LANGUAGE wasm IMMUTABLE STRICT AS 'text_tools#slugify';
CREATE FUNCTION c.levenshtein(text, text) RETURNS int
    LANGUAGE wasm IMMUTABLE STRICT AS 'text_tools#levenshtein';
\set code `base64 -w0 guest-examples/rust-text/text.wasm`
CREATE FUNCTION rust.text_tools() RETURNS wasm.module LANGUAGE wasm AS :'code';
CREATE FUNCTION rust.soundex(text) RETURNS text LANGUAGE wasm IMMUTABLE STRICT AS 'text_tools#soundex';
CREATE FUNCTION rust.slugify(text) RETURNS text LANGUAGE wasm IMMUTABLE STRICT AS 'text_tools#slugify';
CREATE FUNCTION rust.levenshtein(text, text) RETURNS int
    LANGUAGE wasm IMMUTABLE STRICT AS 'text_tools#levenshtein';
\set ECHO all
SELECT c.soundex('Robert'), rust.slugify('What''s new?'), rust.levenshtein('kitten', 'sitting');

-- 2. Compare soundex and levenshtein of all words of a dictionary with fuzzystrmatch.
\set ECHO none
CREATE TABLE comparison AS
\set ECHO all
SELECT function, count(*) AS rows, count(*) FILTER (WHERE c IS DISTINCT FROM expected) AS c_differs,
       count(*) FILTER (WHERE rust IS DISTINCT FROM expected) AS rust_differs
  FROM words, LATERAL (VALUES
       ('soundex', soundex(word), c.soundex(word), rust.soundex(word)),
       ('levenshtein', levenshtein(word, next)::text, c.levenshtein(word, next)::text,
                       rust.levenshtein(word, next)::text)) AS f (function, expected, c, rust)
 GROUP BY function;
\set ECHO none
TABLE comparison ORDER BY function DESC;

DO $$
BEGIN
    ASSERT (SELECT count(*) = 2 AND bool_and(rows >= 10000 AND c_differs = 0 AND rust_differs = 0) FROM comparison),
        'the guests and fuzzystrmatch differ';
    ASSERT (SELECT bool_and(plpgsql.soundex(word) IS NOT DISTINCT FROM soundex(word)
                            AND plpgsql.levenshtein(word, next) IS NOT DISTINCT FROM levenshtein(word, next))
              FROM every_20th),
        'PL/pgSQL and fuzzystrmatch differ';
END
$$;

CREATE TABLE languages (place int, language text, schema name, relation name);
INSERT INTO languages VALUES
    (1, 'C in the server: fuzzystrmatch', 'public', 'words'),
    (2, 'WebAssembly, from C', 'c', 'words'),
    (3, 'WebAssembly, from Rust', 'rust', 'words'),
    (4, 'PL/pgSQL', 'plpgsql', 'every_20th');
CREATE TABLE rows AS
SELECT 'words'::name AS relation, count(*) AS rows FROM words
UNION ALL
SELECT 'every_20th', count(*) FROM every_20th;
CREATE TABLE times AS
SELECT place, language, relation,
       min(milliseconds(format('SELECT count(next) FROM %I', relation))) AS scan,
       min(milliseconds(format('SELECT count(%I.soundex(word)) FROM %I', schema, relation))) AS soundex,
       min(milliseconds(format('SELECT count(%I.levenshtein(word, next)) FROM %I', schema, relation)))
           AS levenshtein
  FROM (SELECT * FROM generate_series(1, 10) AS round, languages ORDER BY round, place) AS runs
 GROUP BY place, language, relation;
CREATE TABLE calls AS
SELECT place, language, rows, soundex, levenshtein,
       (soundex - scan) * 1e6 / rows AS soundex_call, (levenshtein - scan) * 1e6 / rows AS levenshtein_call
  FROM times JOIN rows USING (relation);

\set ECHO all
-- 3. How long does it take? Best of 10 runs; ns/call excludes the scan; PL/pgSQL gets every 20th row.
\set ECHO none
SELECT language, rows,
       round(soundex) AS "soundex ms", round(soundex_call) AS "ns/call",
       round((soundex_call / first_value(soundex_call) OVER place)::numeric, 1) AS ratio,
       round(levenshtein) AS "levenshtein ms", round(levenshtein_call) AS "ns/call",
       round((levenshtein_call / first_value(levenshtein_call) OVER place)::numeric, 1) AS ratio
  FROM calls
WINDOW place AS (ORDER BY place);

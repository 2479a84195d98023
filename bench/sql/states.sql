-- What bench/states measures: modules, prepared functions, aggregates and their arguments. :rows is the number of texts
-- and of documents; :guests is guest-examples/rust-resources; :at_once is a directory with the modules that do both in one
-- call; :lib is bench_c.c, compiled; :schema is a JSON Schema.
CREATE EXTENSION plwasm;

\set code `base64 -w0 :'guests'/matcher.wasm`
CREATE FUNCTION matcher() RETURNS wasm.module LANGUAGE wasm AS :'code';
\set code `base64 -w0 :'guests'/validator.wasm`
CREATE FUNCTION validator() RETURNS wasm.module LANGUAGE wasm AS :'code';
\set code `base64 -w0 :'guests'/tdigest.wasm`
CREATE FUNCTION quantiles() RETURNS wasm.module LANGUAGE wasm AS :'code';
\set code `base64 -w0 :'guests'/hyperloglog.wasm`
CREATE FUNCTION cardinality() RETURNS wasm.module LANGUAGE wasm AS :'code';
\set code `base64 -w0 :'guests'/small.wasm`
CREATE FUNCTION small() RETURNS wasm.module LANGUAGE wasm AS :'code';
\set code `base64 -w0 :'at_once'/matcher.wasm`
CREATE FUNCTION matcher_at_once() RETURNS wasm.module LANGUAGE wasm AS :'code';
\set code `base64 -w0 :'at_once'/validator.wasm`
CREATE FUNCTION validator_at_once() RETURNS wasm.module LANGUAGE wasm AS :'code';

-- prepared functions
CREATE FUNCTION is_match(pattern text, text) RETURNS bool
    LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS 'matcher#matcher.is-match';
CREATE FUNCTION replace_all(pattern text, text, replacement text) RETURNS text
    LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS 'matcher#matcher.replace';
CREATE FUNCTION is_valid(schema text, document text) RETURNS bool
    LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS 'validator#validator.is-valid';
-- the same in one call of one function
CREATE FUNCTION is_match_at_once(pattern text, text) RETURNS bool
    LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS 'matcher_at_once#at_once';
CREATE FUNCTION is_valid_at_once(schema text, document text) RETURNS bool
    LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE AS 'validator_at_once#at_once';

-- total
CREATE FUNCTION total_step(wasm.state, int8) RETURNS wasm.state
    LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'small#total.step';
CREATE FUNCTION total_merge(wasm.state, wasm.state) RETURNS wasm.state
    LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'small#total.merge';
CREATE FUNCTION total_finish(wasm.state) RETURNS int8 LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'small#total.finish';
CREATE AGGREGATE wasm_sum(int8) (SFUNC = total_step, STYPE = wasm.state, FINALFUNC = total_finish,
    COMBINEFUNC = total_merge, PARALLEL = SAFE);

-- the same in other languages that every server has
CREATE FUNCTION c_step(int8, int8) RETURNS int8 LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS :'lib', 'bench_sum';
CREATE AGGREGATE c_sum(int8) (SFUNC = c_step, STYPE = int8, INITCOND = '0');
CREATE FUNCTION sql_step(s int8, v int8) RETURNS int8 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT s + v';
CREATE AGGREGATE sql_sum(int8) (SFUNC = sql_step, STYPE = int8, INITCOND = '0');
CREATE FUNCTION plpgsql_step(s int8, v int8) RETURNS int8 LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
    'BEGIN RETURN s + v; END';
CREATE AGGREGATE plpgsql_sum(int8) (SFUNC = plpgsql_step, STYPE = int8, INITCOND = '0');

-- Sketches. tdigest is no ordered-set aggregate here, as PostgreSQL runs none of these in parallel: it returns its state.
CREATE FUNCTION tdigest_step(wasm.state, float8) RETURNS wasm.state
    LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'quantiles#tdigest.step';
CREATE FUNCTION tdigest_merge(wasm.state, wasm.state) RETURNS wasm.state
    LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'quantiles#tdigest.merge';
CREATE FUNCTION tdigest_quantile(wasm.state, float8) RETURNS float8
    LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'quantiles#tdigest.finish';
CREATE AGGREGATE wasm_tdigest(float8) (SFUNC = tdigest_step, STYPE = wasm.state, COMBINEFUNC = tdigest_merge,
    PARALLEL = SAFE);
CREATE FUNCTION hyperloglog_step(wasm.state, text) RETURNS wasm.state
    LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'cardinality#hyperloglog.step';
CREATE FUNCTION hyperloglog_merge(wasm.state, wasm.state) RETURNS wasm.state
    LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'cardinality#hyperloglog.merge';
CREATE FUNCTION hyperloglog_finish(wasm.state) RETURNS int8
    LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'cardinality#hyperloglog.finish';
CREATE AGGREGATE hyperloglog(text) (SFUNC = hyperloglog_step, STYPE = wasm.state, FINALFUNC = hyperloglog_finish,
    COMBINEFUNC = hyperloglog_merge, PARALLEL = SAFE);
CREATE FUNCTION hyperloglog_step(wasm.state, int8) RETURNS wasm.state
    LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'cardinality#hyperloglog-bigint.step';
CREATE FUNCTION hyperloglog_bigint_merge(wasm.state, wasm.state) RETURNS wasm.state
    LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'cardinality#hyperloglog-bigint.merge';
CREATE FUNCTION hyperloglog_bigint_finish(wasm.state) RETURNS int8
    LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'cardinality#hyperloglog-bigint.finish';
CREATE AGGREGATE hyperloglog(int8) (SFUNC = hyperloglog_step, STYPE = wasm.state, FINALFUNC = hyperloglog_bigint_finish,
    COMBINEFUNC = hyperloglog_bigint_merge, PARALLEL = SAFE);

-- 100 bytes, always with a date, often with a word of an alternation or an address
CREATE UNLOGGED TABLE texts AS
    SELECT i, left(format('%s order %s of 2026-%s-%s %s %s', (ARRAY['debug', 'info', 'notice', 'error', 'warning'])[i % 5 + 1], i,
                          lpad((i % 12 + 1)::text, 2, '0'), lpad((i % 28 + 1)::text, 2, '0'),
                          CASE WHEN i % 3 > 0 THEN format('by %s.%s@mail%s.example.com', substr(md5(i::text), 1, 6), i, i % 100)
                               ELSE 'by nobody at all' END,
                          translate(md5(i::text) || md5(i::text), '0123456789', 'ghi jkl mn')), 100) AS a
      FROM generate_series(1, :rows) i;

-- about 1 kB of JSON; one in ten does not conform to the schema
CREATE UNLOGGED TABLE documents AS
    SELECT i, i % 10 > 0 AS valid, jsonb_build_object(
               'id', i, 'status', (ARRAY['open', 'paid', 'sent'])[i % 3 + 1], 'placed', '2026-11-' || i % 20 + 10,
               'customer', jsonb_build_object('name', 'Customer ' || i % 1000, 'mail', i || '@mail.example.com',
                   'address', jsonb_build_object('street', i % 90 || ', ' || substr(md5(i::text), 1, 12) || ' Street',
                                                 'city', substr(md5(i::text), 12, 8), 'zip', lpad((i % 99999)::text, 5, '0'))),
               'items', (SELECT jsonb_agg(jsonb_build_object(
                                    'sku', upper(substr(md5(i + k || ''), 1, 8)), 'name', 'Part ' || substr(md5(i * k || ''), 1, 16),
                                    'price', (i * 7919 + k * 6007) % 100000 / 100.0,
                                    'quantity', CASE WHEN i % 10 = 0 AND k = 8 THEN 0 ELSE (i + k) % 9 + 1 END))
                           FROM generate_series(1, 8) k))::text AS a
      FROM generate_series(1::int8, :rows) i;

CREATE UNLOGGED TABLE unchecked (document text);
CREATE UNLOGGED TABLE compared (document text);
CREATE UNLOGGED TABLE checked (document text);
SELECT format('ALTER TABLE compared ADD CHECK (document <> %L)', :'schema'),
       format('ALTER TABLE checked ADD CHECK (is_valid(%L, document))', :'schema') \gexec

-- 10,000 groups of 100 rows each, in random order
CREATE UNLOGGED TABLE numbers AS
    SELECT i * 7919 % 1000003 AS a, (i * 7919 % 1000003)::int4 AS b, (i % (:rows / 10))::int4 AS g
      FROM generate_series(1::int8, :rows * 10) i ORDER BY md5(i::text);
CREATE INDEX ON numbers (g) INCLUDE (a, b);

CREATE UNLOGGED TABLE measurements AS
    SELECT i * 7919 % 10000019 AS a, (i * 7919 % 10000019)::text AS t, sqrt(i * 7919 % 10000019) AS x
      FROM generate_series(1::int8, :rows * 100) i;

-- as many groups as rows of numbers, two values each, in random order
CREATE UNLOGGED TABLE pairs AS
    SELECT (a * 6007 % (:rows * 10))::int4 AS g, i AS a
      FROM (SELECT i, i * 7919 % (:rows * 20) AS a FROM generate_series(1::int8, :rows * 20) i) t;

VACUUM (FREEZE, ANALYZE) texts, documents, numbers, measurements, pairs;

-- Each type there and back. float4, float8: shortest exact output, so that every bit shows.
CREATE FUNCTION identities() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (func (export "i32") (param i32) (result i32) (local.get 0))
  (func (export "i64") (param i64) (result i64) (local.get 0))
  (func (export "f32") (param f32) (result f32) (local.get 0))
  (func (export "f64") (param f64) (result f64) (local.get 0))
  (func (export "nothing") (param i32)))
$$;
CREATE FUNCTION echo(bool) RETURNS bool LANGUAGE wasm AS 'identities#i32';
CREATE FUNCTION echo(int2) RETURNS int2 LANGUAGE wasm AS 'identities#i32';
CREATE FUNCTION echo(int4) RETURNS int4 LANGUAGE wasm AS 'identities#i32';
CREATE FUNCTION echo(int8) RETURNS int8 LANGUAGE wasm AS 'identities#i64';
CREATE FUNCTION echo(oid) RETURNS oid LANGUAGE wasm AS 'identities#i32';
CREATE FUNCTION echo(float4) RETURNS float4 LANGUAGE wasm AS 'identities#f32';
CREATE FUNCTION echo(float8) RETURNS float8 LANGUAGE wasm AS 'identities#f64';
CREATE FUNCTION echo(text) RETURNS text LANGUAGE wasm AS 'strings';
CREATE FUNCTION echo(varchar) RETURNS varchar LANGUAGE wasm AS 'strings';
CREATE FUNCTION echo(bpchar) RETURNS bpchar LANGUAGE wasm AS 'strings';
CREATE FUNCTION echo(name) RETURNS name LANGUAGE wasm AS 'strings';
CREATE FUNCTION echo(bytea) RETURNS bytea LANGUAGE wasm AS 'strings';
CREATE FUNCTION nothing(int) RETURNS void LANGUAGE wasm AS 'identities';
CREATE FUNCTION size(text) RETURNS int LANGUAGE wasm AS 'strings';

SELECT echo(true), echo(false);
SELECT v, echo(v) FROM unnest('{-32768, -1, 0, 1, 32767}'::int2[]) v;
SELECT v, echo(v) FROM unnest('{-2147483648, -1, 0, 1, 2147483647}'::int4[]) v;
SELECT v, echo(v) FROM unnest('{-9223372036854775808, -1, 0, 1, 9223372036854775807}'::int8[]) v;
SELECT v, echo(v) FROM unnest('{0, 1, 2147483648, 4294967295}'::oid[]) v;
SELECT v, echo(v), float4send(echo(v)) = float4send(v) AS same
  FROM unnest('{-Infinity, -3.4028235e38, -0, 0, 1e-45, 0.1, 3.4028235e38, Infinity, NaN}'::float4[]) v;
SELECT v, echo(v), float8send(echo(v)) = float8send(v) AS same
  FROM unnest('{-Infinity, -1.7976931348623157e308, -0, 0, 5e-324, 0.1, 1.7976931348623157e308, Infinity, NaN}'::float8[]) v;
-- void is not NULL
SELECT nothing(1) IS NULL AS null, nothing(1)::text = '' AS empty;

-- by the specification an i32 is true as a bool if it is not 0, and its lower half counts as an s16
CREATE FUNCTION truth(int) RETURNS bool LANGUAGE wasm AS 'identities#i32';
CREATE FUNCTION half(int) RETURNS int2 LANGUAGE wasm AS 'identities#i32';
SELECT truth(0), truth(1), truth(2), truth(-1), truth(256), truth(256) = true AS "is a bool", half(65535), half(98304);
-- whatever NaN a guest returns, SQL gets the canonical one
CREATE FUNCTION bits32(int) RETURNS float4 LANGUAGE wasm AS
    '(module (func (export "bits32") (param i32) (result f32) (f32.reinterpret_i32 (local.get 0))))';
CREATE FUNCTION bits64(int8) RETURNS float8 LANGUAGE wasm AS
    '(module (func (export "bits64") (param i64) (result f64) (f64.reinterpret_i64 (local.get 0))))';
SELECT float4send(bits32(v)) FROM unnest('{-1, 2143289344, 2139095041, -8388607}'::int4[]) v;
SELECT float8send(bits64(v)) FROM unnest('{-1, 9221120237041090560, 9218868437227405313, -4503599627370495}'::int8[]) v;

-- strings: size() is what the guest sees
SELECT v, echo(v), echo(v) = v AS same, size(v) FROM unnest('{"", a, "  ", grüße, "日本語", "🐘"}'::text[]) v;
SELECT echo('ab'::varchar), echo('ab '::char(5)) || '|' AS bpchar, octet_length(echo('ab '::char(5))),
       echo('pg_class'::name), echo(''::name) = '' AS "empty name";
-- a name is cut at the length of a name, between two characters
SELECT echo(repeat('n', 100)::name) = repeat('n', 63)::name AS cut;
CREATE FUNCTION to_name(text) RETURNS name LANGUAGE wasm AS 'strings#echo';
SELECT to_name(repeat('n', 100)) = repeat('n', 63)::name AS cut, octet_length(to_name(repeat('ü', 100))::text);
-- bytea can contain any bytes
SELECT echo('\x'::bytea), echo('\x00ff00'::bytea);
SELECT bool_and(echo(v) = v) FROM (SELECT decode(repeat(lpad(to_hex(i), 2, '0'), 9), 'hex') FROM generate_series(0, 255) i) b (v);

-- all lengths at which headers and pages change
SELECT count(*), bool_and(echo(v) = v) AS same, bool_and(size(v) = length(v)) AS size
  FROM (SELECT repeat('x', n) FROM unnest('{0, 1, 125, 126, 127, 128, 65535, 65536, 65537, 1048576}'::int[]) n) b (v);
-- values as tables store them: short, plain, compressed in line, compressed and out of line, plain out of line
CREATE TABLE stored (form text, v text, b bytea);
ALTER TABLE stored ALTER b SET STORAGE EXTERNAL;
INSERT INTO stored SELECT form, v, convert_to(v, 'UTF8') FROM (VALUES ('short', 'x'), ('plain', repeat('xyz', 300)),
    ('compressed', repeat('x', 100000)), ('compressed, out of line', (SELECT string_agg(md5(i::text), 'ü' || repeat('x', 99)) FROM generate_series(1, 5000) i)),
    ('1 MB', repeat('0123456789abcde', 70000))) AS s (form, v);
SELECT form, octet_length(v), pg_column_size(v) < octet_length(v) AS compressed, echo(v) = v AS text,
       pg_column_size(b) >= octet_length(b) AS plain, echo(b) = b AS bytea
  FROM stored ORDER BY octet_length(v);
-- values as the executor makes them: expanded, from a record, from a function
SELECT echo((SELECT s FROM stored s WHERE form = 'short').v), echo(upper(v)) FROM stored WHERE form = 'short';
DROP TABLE stored;

-- types that cannot be passed because they have no values (void has no error of its own)
SELECT type, outcome(format('CREATE FUNCTION z(%s) RETURNS int LANGUAGE wasm AS ''(module)''', type)) AS argument,
       outcome(format('CREATE FUNCTION z() RETURNS %s LANGUAGE wasm AS ''(module)''', type)) AS result
  FROM unnest('{cstring,internal,void,trigger,event_trigger,language_handler,fdw_handler,anyelement,record}'::text[]) type;
SELECT outcome($$CREATE FUNCTION z(VARIADIC "any") RETURNS int LANGUAGE wasm AS '(module)'$$);
SELECT outcome($$CREATE FUNCTION z("any") RETURNS int LANGUAGE wasm AS '(module)'$$);
CREATE TYPE shell;
SELECT outcome($$CREATE FUNCTION z(shell) RETURNS int LANGUAGE wasm AS '(module)'$$);
DROP TYPE shell;
-- the signature that an export would need, in both forms, if it has another
\pset format unaligned
SELECT error(format('CREATE FUNCTION z(%s) RETURNS %s LANGUAGE wasm AS ''(module (func (export "z")))''', a, r))
  FROM (VALUES ('date, uuid', 'interval'), ('int[], numeric[]', 'text[]'), ('int4range', 'nummultirange'), ('VARIADIC int[]', 'TABLE (a int)'),
               ('OUT a int, OUT "b C" text, INOUT c bool', 'record'), ('pg_enum', 'SETOF pg_enum'), ('record', 'int')) s (a, r);
\pset format aligned
-- one OUT or INOUT parameter is the result
CREATE FUNCTION next(n int, OUT m int) LANGUAGE wasm AS
    '(module (func (export "next") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))';
SELECT * FROM next(n => 41);
DROP FUNCTION next;
DROP FUNCTION bits32, bits64;
SET client_min_messages = error;
DROP FUNCTION identities CASCADE;
DROP FUNCTION echo(text), echo(varchar), echo(bpchar), echo(name), echo(bytea), size(text), to_name(text);

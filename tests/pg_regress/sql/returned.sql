-- Results that are no values of the type: the error says which function, and where in its result.
CREATE SCHEMA returned;
SET search_path = returned, public;
SET plwasm.isolation = call;

-- A guest that returns what it is told: the given bytes as the memory from 1024 on, with any contents; or a number
-- as a slot, which may be a pointer.
CREATE FUNCTION giver() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory (export "memory") 1)
  ;; there are strings: "abc" at 16, and at 32 what is no string
  (data (i32.const 16) "abc")
  (data (i32.const 32) "a\00b\ffc\ed\a0\80\c0\80\f5\80\80\80\e2\82")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "bytes") (param i32 i32) (result i32) (local.get 0))
  (func (export "bytes-or-null") (param i32 i32 i32) (result i32) (local.get 1))
  (func (export "i32") (param i32) (result i32) (local.get 0))
  (func (export "i64") (param i64) (result i64) (local.get 0)))
$$;
-- little-endian
CREATE FUNCTION i32(VARIADIC words int8[]) RETURNS bytea IMMUTABLE LANGUAGE sql AS $$
    SELECT string_agg(set_byte(set_byte(set_byte(set_byte('\x00000000', 0, (w & 255)::int), 1, (w >> 8 & 255)::int), 2, (w >> 16 & 255)::int), 3, (w >> 24 & 255)::int), '' ORDER BY i)
      FROM unnest(words) WITH ORDINALITY u (w, i)
$$;
CREATE FUNCTION i64(words int8) RETURNS bytea IMMUTABLE LANGUAGE sql AS 'SELECT i32(words, words >> 32)';
-- a text as the memory behind its pointer and length, at 1024
CREATE FUNCTION string(text text) RETURNS bytea IMMUTABLE LANGUAGE sql AS
    $$SELECT i32(1032, length(b)) || b FROM convert_to(text, 'UTF8') b$$;
-- the outcome: the value, or the whole error
CREATE FUNCTION bytes(type text, given bytea, export text DEFAULT 'bytes') RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE FUNCTION give(bytea) RETURNS %s LANGUAGE wasm AS ''giver#%s''', type, export);
    RETURN QUERY SELECT replace(replace(error, 'WebAssembly function broke the canonical ABI', 'ABI'), 'PL/Wasm function give(bytea), export ', '')
                   FROM error(format('SELECT * FROM give(%L)', given)) error;
    DROP FUNCTION give;
END
$$;
CREATE FUNCTION slot(type text, given text, slot text DEFAULT 'i32') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE format('CREATE FUNCTION give(%s) RETURNS %s LANGUAGE wasm AS ''giver#%s''', CASE slot WHEN 'i32' THEN 'int4' ELSE 'int8' END, type, slot);
    EXECUTE format('SELECT give(%s)', given) INTO result;
    DROP FUNCTION give;
    RETURN NEXT result;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS result = PG_EXCEPTION_CONTEXT;
    RETURN NEXT SQLSTATE || ': ' || replace(SQLERRM, 'WebAssembly function broke the canonical ABI', 'ABI');
    RETURN NEXT 'CONTEXT: ' || split_part(result, E'\n', 1);
END
$$;
\pset format unaligned
\pset tuples_only on

CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE one AS (b bool);
CREATE TYPE one_mood AS (m mood);
CREATE TYPE pair AS (a int, b text);
CREATE TYPE wide AS (n int8, m mood, "t T" text);
CREATE TYPE deep AS (ps pair[], r daterange);
CREATE TYPE nothing AS ();
CREATE DOMAIN word AS varchar(2);
DO $$ BEGIN EXECUTE (SELECT format('CREATE TYPE big AS ENUM (%s)', string_agg(format('''l%s''', i), ', ')) FROM generate_series(0, 299) i); END $$;

-- slots: the lower bits of an s16 or a u32 count, of a bool whether any is set, of an enum all
SELECT type, given, s FROM (VALUES ('bool', '256'), ('one', '256'), ('one', '0'), ('int2', '98304'), ('int2', '65535'),
    ('mood', '2'), ('mood', '3'), ('mood', '-1'), ('mood', '256'), ('one_mood', '1'), ('one_mood', '257'), ('big', '299'), ('big', '300'), ('big', '65536')) v (type, given), slot(type, given) s;
-- dates and times that do not exist
SELECT type, given, s FROM (VALUES ('date', '-2451545'), ('date', '-2451546'), ('date', '2145031948'), ('date', '2145031949'), ('date', '2147483647'), ('date', '-2147483648'),
    ('date', '-2147483647'), ('date', '2147483646')) v (type, given), slot(type, given) s;
SELECT type, given, s FROM (VALUES ('time', '0'), ('time', '86400000000'), ('time', '-1'), ('time', '86400000001'), ('time', '9223372036854775807'),
    ('timestamp', '-211813488000000000'), ('timestamp', '-211813488000000001'), ('timestamp', '9223371331199999999'), ('timestamp', '9223371331200000000'),
    ('timestamp', '9223372036854775807'), ('timestamp', '-9223372036854775808'), ('timestamp', '-9223372036854775807'), ('timestamptz at time zone ''UTC''', '0')) v (type, given),
    slot(type, given, 'i64') s WHERE type NOT LIKE '% zone %';
SELECT slot('timestamptz', '9223371331200000000', 'i64');

-- pointers to results: beyond the memory, across its end, wrapped, negative, unaligned
SELECT type, given, s FROM (VALUES ('text', '65532'), ('text', '65536'), ('text', '-4'), ('text', '-8'), ('text', '2147483647'), ('text', '1022'),
    ('wide', '1028'), ('wide', '65520'), ('interval', '12'), ('interval', '65528'), ('uuid', '4'), ('int4[]', '1'), ('int4range', '65530'), ('pair', '-12')) v (type, given), slot(type, given) s;
-- lists: more than 32 bits can address, more than the memory, unaligned, wrapped
SELECT type, pointer, count, b FROM (VALUES
    ('int4[]', 0, 0), ('int4[]', 65536, 0), ('int4[]', 65540, 0), ('int4[]', 4294967292, 0),
    ('int4[]', 0, 16384), ('int4[]', 0, 16385), ('int4[]', 4, 16384), ('int4[]', 0, 4294967295), ('int4[]', 0, 1073741824), ('int4[]', 2, 1), ('int4[]', 4294967292, 1),
    ('int8[]', 4, 1), ('int8[]', 4, 0), ('int8[]', 0, 536870912), ('int8[]', 0, 536870911), ('int2[]', 1, 1), ('bool[]', 65535, 2), ('bool[]', 4294967295, 4294967295),
    ('pair[]', 1024, 357913942), ('pair[]', 2, 1), ('text[]', 0, 536870913), ('nummultirange', 0, 4294967295), ('int8multirange', 4, 1), ('interval[]', 4, 1), ('uuid[]', 8, 4096),
    ('SETOF int4', 0, 4294967295), ('SETOF wide', 4, 1), ('SETOF text', 2, 1), ('TABLE (a int, b int8)', 12, 1)) v (type, pointer, count), bytes(type, i32(pointer, count)) b;
-- lists of elements without size, with any number of elements
SELECT bytes('nothing[]', i32(0, 3)), bytes('nothing[]', i32(0, 134217728));
SELECT bytes('nothing[]', i32(0, 4294967295));
CREATE FUNCTION give(bytea) RETURNS nothing[] LANGUAGE wasm AS 'giver#bytes';
SELECT cardinality(give(i32(0, 100000000)));
SET plwasm.max_result_size = '8GB';
SET statement_timeout = '100ms';
SELECT cardinality(give(i32(0, 100000000)));
RESET plwasm.max_result_size;
DROP FUNCTION give(bytea);
CREATE FUNCTION give(bytea) RETURNS SETOF nothing LANGUAGE wasm AS 'giver#bytes';
SELECT count(*) FROM give(i32(0, 100000000));
DROP FUNCTION give(bytea);
RESET statement_timeout;

-- strings: the position of the first wrong byte is relative to its list, not to the memory
SELECT pointer, length, b FROM (VALUES (32, 2), (32, 4), (35, 1), (37, 3), (40, 2), (42, 4), (46, 2), (65533, 4), (4294967295, 1), (4294967295, 2), (0, 4294967295)) v (pointer, length), bytes('text', i32(pointer, length)) b;
SELECT type, b FROM unnest('{varchar,bpchar,name,"\"char\"",json,numeric,inet,xml,citext}'::text[]) type, bytes(type, i32(35, 1)) b WHERE to_regtype(type) IS NOT NULL;
SELECT type, b FROM unnest('{varchar,name,json,numeric}'::text[]) type, bytes(type, i32(32, 2)) b;
-- long strings are checked in pieces, which can end in the middle of a character
CREATE FUNCTION long(text) RETURNS text LANGUAGE wasm AS 'public.strings#echo';
CREATE FUNCTION long_bytes(bytea) RETURNS text LANGUAGE wasm AS 'public.strings#echo';
SELECT n, long(v) = v AS same FROM generate_series(0, 3) n, concat(repeat('y', n), repeat('€', 2000000)) v;
SELECT n, b FROM unnest('{2097150,2097151,2097152,2097153,5999999}'::int[]) n, outcome(format('SELECT long_bytes(set_byte(convert_to(repeat(''€'', 2000000), ''UTF8''), %s, 255))', n)) b;
SELECT outcome($$SELECT long_bytes(set_byte(convert_to(repeat('y', 6000000), 'UTF8'), 5999999, 0))$$), outcome($$SELECT long_bytes(substr(convert_to(repeat('€', 2000000), 'UTF8'), 1, 5999999))$$);
SELECT bytes('bytea', i32(32, 4));
SELECT bytes('bytea', i32(32, 65536));

-- texts that are no value of the type: errors of its input function, and of the checks for white space and the like
SELECT type, given, b FROM (VALUES ('numeric', ''), ('numeric', 'abc'), ('numeric', '1e'), ('numeric', '1e200000'), ('numeric', ' 1.50 '), ('numeric', '-Inf'),
    ('json', ''), ('json', '{"a":}'), ('json', '{"a":1} x'), ('json', ' [1, 1] '), ('jsonb', '"\u0000"'), ('jsonb', '"\ud800"'), ('jsonb', 'nul'),
    ('inet', '1.2.3.4.5'), ('inet', '1.2.3.4/33'), ('cidr', '1.2.3.4/8'), ('macaddr', 'no'), ('money', '1,2x'), ('bit(8)', '2'), ('varbit', 'b2'), ('bit varying', '101'),
    ('regclass', 'no_such'), ('regclass', '1259'), ('regtype', 'int['), ('regproc', 'abs'), ('tsvector', '''a'), ('tsquery', 'a &'), ('point', '(1'), ('circle', '<(0,0),-1>'), ('line', '{0,0,1}'),
    ('pg_lsn', '0/'), ('tid', '(1,70000)'), ('timetz', '25:00+00'), ('timetz', '12:00+99'), ('int2vector', '1 x'), ('"char"', 'ab'), ('name', repeat('ü', 40))) v (type, given),
    bytes(type, string(given)) b;

-- deeper: the error says where
SELECT bytes('mood[]', i32(1032, 3) || '\x020103');
SELECT bytes('big[]', i32(1032, 2) || '\x2b012c01');
SELECT bytes('date[]', i32(1032, 2) || i32(0, -2451546));
SELECT bytes('text[]', i32(1032, 2) || i32(16, 3) || i32(32, 4));
SELECT bytes('numeric[]', i32(1032, 2) || i32(1048, 1) || i32(16, 3) || '\x31'::bytea);
SELECT bytes('bytea[]', i32(1032, 2) || i32(16, 3) || i32(16, 65536));
SELECT bytes('wide', i64(1) || i32(2, 16, 3));
SELECT bytes('wide', i64(1) || i32(3, 16, 3));
SELECT bytes('wide', i64(1) || i32(2, 32, 2));
SELECT bytes('wide', i64(1) || i32(2, 65535, 2));
SELECT bytes('wide[]', i32(1032, 2) || i64(1) || i32(2, 16, 3, 0) || i64(1) || i32(0, 35, 1, 0));
SELECT bytes('deep', i32(1056, 2) || '\x00000000' || i32(1, -2451546, 0, 0) || '\x01010000' || i32(1, 16, 3, 2, 16, 3));
SELECT bytes('deep', i32(1056, 2) || '\x00000000' || i32(1, 1, 1, 2147483646) || '\x01010000' || i32(1, 16, 3, 2, 16, 3));
SELECT bytes('deep', i32(1056, 2) || '\x00000000' || i32(1, 1, 1, 2) || '\x01000000' || i32(1, 16, 3, 2, 35, 1));
SELECT bytes('deep', i32(1056, 2) || '\x00000000' || i32(1, 1, 1, 2) || '\x01000000' || i32(1, 16, 3, 2, 16, 3));
SELECT bytes('SETOF wide', i32(1032, 2) || i64(1) || i32(2, 16, 3, 0) || i64(1) || i32(3, 16, 3, 0));
SELECT bytes('TABLE (a date, b text)', i32(1032, 2) || i32(1, 16, 3) || i32(2147483646, 16, 3));
SELECT bytes('TABLE (a date)', i32(1032, 2) || i32(1, 2147483646));
SELECT bytes('SETOF word', i32(1032, 2) || i32(16, 2, 16, 3));
SELECT bytes('datemultirange', i32(1032, 2) || (r || i32(0, 5, 1, 9) || '\x01000000') || (r || i32(1, 2147483646, 1, 9) || '\x01000000')) FROM (VALUES ('\x00000000'::bytea)) v (r);
-- options: the discriminant is 0 or 1
SELECT bytes('int', d || '\x000000' || i32(7), 'bytes-or-null') FROM unnest('{"\\x00","\\x01","\\x02","\\xff"}'::bytea[]) d;
SELECT bytes('mood', d, 'bytes-or-null') FROM unnest('{"\\x0009","\\x0102","\\x0103","\\x0300"}'::bytea[]) d;
SELECT bytes('int4[]', '\x01000000' || i32(1036, 2) || i32(1, 5, 2, 5), 'bytes-or-null');
SELECT bytes('int4[]', '\x01000000' || i32(1036, 2) || i32(1, 5, 0, 5), 'bytes-or-null');
SELECT bytes('pair', '\x01000000' || i32(1, 5, 7, 16, 3), 'bytes-or-null');
SELECT bytes('pair', '\x01000000' || i32(1, 5, 0, 35, 1), 'bytes-or-null');
SELECT bytes('int4range', '\x0100000000000000'::bytea || i32(2, 1, 1, 2, 0), 'bytes-or-null');
SELECT bytes('SETOF int', i32(1032, 2) || i32(1, 5, 3, 5), 'bytes-or-null');
SELECT bytes('TABLE (a int, b int)', i32(1032, 2) || i32(1, 5, 1, 5, 1, 5, 4, 5), 'bytes-or-null');

-- types that WIT has and core types do not tell: char, result, integers of other widths, flags, uuid as string
CREATE FUNCTION typed() RETURNS wasm.module LANGUAGE wasm AS $$
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 16) "abc")
    (data (i32.const 32) "\ff\00")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "i32") (param i32) (result i32) (local.get 0))
    (func (export "bytes") (param i32 i32) (result i32) (local.get 0)))
  (core instance $i (instantiate $m))
  (type $error' (record (field "sqlstate" string) (field "message" string) (field "detail" (option string)) (field "hint" (option string))))
  (export $error "error" (type $error'))
  (func (export "char") (param "x" s32) (result char) (canon lift (core func $i "i32")))
  (func (export "u8") (param "x" s32) (result u8) (canon lift (core func $i "i32")))
  (func (export "s8") (param "x" s32) (result s8) (canon lift (core func $i "i32")))
  (func (export "u16") (param "x" s32) (result u16) (canon lift (core func $i "i32")))
  (func (export "u32") (param "x" s32) (result u32) (canon lift (core func $i "i32")))
  (func (export "bare") (param "x" s32) (result (result)) (canon lift (core func $i "i32")))
  (func (export "chars") (param "x" (list u8)) (result (list char)) (canon lift (core func $i "bytes") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (func (export "uuid") (param "x" (list u8)) (result string) (canon lift (core func $i "bytes") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (func (export "message") (param "x" (list u8)) (result (result s32 (error string))) (canon lift (core func $i "bytes") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (func (export "fail") (param "x" (list u8)) (result (result s32 (error $error))) (canon lift (core func $i "bytes") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
$$;
CREATE FUNCTION typed_char(int) RETURNS text LANGUAGE wasm AS 'typed#char';
CREATE FUNCTION typed_u8(int) RETURNS int2 LANGUAGE wasm AS 'typed#u8';
CREATE FUNCTION typed_s8(int) RETURNS int2 LANGUAGE wasm AS 'typed#s8';
CREATE FUNCTION typed_u16(int) RETURNS int4 LANGUAGE wasm AS 'typed#u16';
CREATE FUNCTION typed_u32(int) RETURNS int8 LANGUAGE wasm AS 'typed#u32';
CREATE FUNCTION bare(int) RETURNS void LANGUAGE wasm AS 'typed#bare';
CREATE FUNCTION chars(bytea) RETURNS text[] LANGUAGE wasm AS 'typed';
CREATE FUNCTION to_uuid(bytea) RETURNS uuid LANGUAGE wasm AS 'typed#uuid';
CREATE FUNCTION message(bytea) RETURNS int LANGUAGE wasm AS 'typed#message';
CREATE FUNCTION fail(bytea) RETURNS int LANGUAGE wasm AS 'typed#fail';
SELECT given, outcome(format('SELECT typed_char(%s)', given)) FROM unnest('{65,8364,55295,57344,1114111,0,55296,57343,1114112,-1}'::int[]) given;
SELECT typed_u8(v), typed_s8(v), typed_u16(v), typed_u32(v) FROM unnest('{0,-1,255,256,65535,-2147483648}'::int[]) v;
SELECT outcome(format('SELECT bare(%s)', given)) FROM generate_series(-1, 2) given;
SELECT chars(i32(1032, 2, 65, 8364));
SELECT error(format('SELECT chars(%L)', i32(1032, 2, 65, 55296)));
SELECT outcome(format('SELECT to_uuid(%L)', string(given))) FROM unnest('{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11,A0EEBC99,""}'::text[]) given;
SELECT error(format('SELECT message(%L)', given)) FROM unnest(array[i32(0, 5), i32(1, 16, 3), i32(1, 16, 0), i32(1, 32, 1), i32(1, 33, 1), i32(1, 16, 65536), i32(2, 16, 3)]) given;
-- sqlstate, message, detail, hint: pointers and lengths, from 1036 on
SELECT error(format('SELECT fail(%L)', i32(1, 1076, octet_length(state), 16, 3, 0, 0, 0, 0, 0, 0) || '\x0000000000000000' || convert_to(state, 'UTF8')))
  FROM unnest('{22012,"",P0001,38ABC,XX000,00000,01000,02000,2201,"22 12",22ü1,2201a}'::text[]) state;
SELECT error(format('SELECT fail(%L)', i32(1, 16, 0, 16, 3, 1, 16, 3, 1, 16, 2)));
SELECT error(format('SELECT fail(%L)', i32(1, 16, 0, 32, 1, 0, 0, 0, 0, 0, 0)));
SELECT error(format('SELECT fail(%L)', i32(1, 16, 0, 16, 3, 2, 16, 3, 0, 0, 0)));
SELECT error(format('SELECT fail(%L)', i32(1, 16, 0, 16, 3, 0, 16, 3, 1, 33, 1)));

\pset tuples_only off
\pset format aligned
-- the session still works
SELECT message(i32(0, 42));
SET client_min_messages = error;
DROP SCHEMA returned CASCADE;
RESET search_path;
RESET plwasm.isolation;

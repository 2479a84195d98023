-- Every type there and back: a guest returns its argument, and it is the same to the bit. Each type in five ways:
-- flat; as elements of an array; as elements with NULLs among them; as a column of a composite that is too wide for
-- slots; and as a column that may be NULL.
CREATE SCHEMA roundtrip;
SET search_path = roundtrip, public;

\getenv guests PLWASM_GUESTS
\set echo `cat :'guests'/echo/echo.wat`
CREATE FUNCTION echo() RETURNS wasm.module LANGUAGE wasm AS :'echo';
CREATE FUNCTION list(anyarray) RETURNS anyarray LANGUAGE wasm AS 'echo';
CREATE FUNCTION option(anyarray) RETURNS anyarray LANGUAGE wasm AS 'echo';
CREATE FUNCTION pointer(anyelement) RETURNS anyelement LANGUAGE wasm AS 'echo';

-- The values: their texts, or a query. A value that contains NULL can be passed only if the WIT type has options.
CREATE TABLE corpus (
    type text COLLATE "C" PRIMARY KEY,
    slots int NOT NULL,  -- when it is passed flat, by the canonical ABI
    export text,         -- the export that is its identity function, if there is one
    given text[],
    query text,
    holding_null text[],
    is_seen bool NOT NULL GENERATED ALWAYS AS (coalesce(export, '') = 'list' AND type !~ 'multirange$|\[]$|^ints$') STORED); -- as a string

CREATE TYPE mood AS ENUM ('sad', 'ok', 'very happy', 'ÜBERMUT', '');
CREATE TYPE pair AS (a int, b text);
CREATE TYPE nest AS (p pair, moods mood[], n numeric, "when" timestamptz, i interval, ps pair[]);
CREATE TYPE one AS (v int8);
CREATE TABLE "Ta ble" ("Co lumn" int, t text);
CREATE DOMAIN small AS int CHECK (value < 1000);
CREATE DOMAIN smaller AS small CHECK (value > -1000);
CREATE DOMAIN word AS varchar(5) CHECK (value <> 'bad');
CREATE DOMAIN ints AS int[] CHECK (cardinality(value) < 10);
CREATE DOMAIN dpair AS pair CHECK ((value).a IS DISTINCT FROM 13);
CREATE DOMAIN dmood AS mood CHECK (value <> 'sad');
CREATE TYPE float8range AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TYPE textrange AS RANGE (subtype = text, collation = "C");
CREATE TYPE timerange AS RANGE (subtype = time);
CREATE TYPE intsrange AS RANGE (subtype = int[]);
CREATE TYPE pairrange AS RANGE (subtype = pair);
-- two types of contrib, or text in place of one that is not installed; then a line says so
SELECT count(*) = 0 AS missing FROM pg_available_extensions WHERE name = 'hstore' \gset
\if :missing
\! echo 'roundtrip: hstore is not installed' >>"${PLWASM_SKIPPED:-/dev/null}"
CREATE DOMAIN hstore AS text;
\else
CREATE EXTENSION hstore SCHEMA roundtrip;
\endif
SELECT count(*) = 0 AS missing FROM pg_available_extensions WHERE name = 'citext' \gset
\if :missing
\! echo 'roundtrip: citext is not installed' >>"${PLWASM_SKIPPED:-/dev/null}"
CREATE DOMAIN citext AS text;
\else
CREATE EXTENSION citext SCHEMA roundtrip;
\endif

INSERT INTO corpus (type, slots, export, given) VALUES
('bool', 1, 'i32', '{t,f}'),
('int2', 1, 'i32', '{0,1,-1,1234,-1234,32767,-32767,-32768}'),
('int4', 1, 'i32', '{0,1,-1,123456,-123456,2147483647,-2147483647,-2147483648}'),
('int8', 1, 'i64', '{0,1,-1,123,4567890123456789,-4567890123456789,9223372036854775807,-9223372036854775807,-9223372036854775808}'),
('oid', 1, 'i32', '{0,1,1234,2147483648,4294967295}'),
('float4', 1, 'f32', '{0,-0,1,-1,0.1,1004.30,-34.84,1.2345678901234e+20,1.2345678901234e-20,1e-45,-1e-45,1.1754942e-38,1.17549435e-38,16777217,3.4028235e38,-3.4028235e38,NaN,Infinity,-Infinity}'),
('float8', 1, 'f64', '{0,-0,1,-1,0.1,1004.30,-34.84,1.2345678901234e+200,1.2345678901234e-200,5e-324,-5e-324,2.225073858507201e-308,2.2250738585072014e-308,9007199254740993,1.7976931348623157e308,-1.7976931348623157e308,NaN,Infinity,-Infinity}'),
('date', 1, 'i32', '{2000-01-01,1999-12-31,1957-04-09,1996-02-29,1900-02-28,epoch,infinity,-infinity,4714-11-24 BC,0044-03-15 BC,0001-12-31 BC,0001-01-01,5874897-12-31}'),
('time', 1, 'i64', '{00:00,00:00:00.000001,01:00,02:03:04.5,11:59 PM,23:59:59.999999,23:59:60,24:00}'),
('timestamp', 1, 'i64', '{2000-01-01,1999-12-31 23:59:59.999999,1997-02-10 17:32:01.4,epoch,infinity,-infinity,4714-11-24 00:00:00 BC,0097-02-16 17:32:01 BC,0001-01-01 00:00:00.000001,294276-12-31 23:59:59.999999}'),
('timestamptz', 1, 'i64', '{2000-01-01 00:00+00,1999-12-31 23:59:59.999999+15:59,1997-02-10 17:32:01.4-08,epoch,infinity,-infinity,4714-11-24 00:00:00+00 BC,0097-02-16 17:32:01 BC,2011-03-27 02:00:00 Europe/Moscow,294276-12-31 23:59:59.999999+00}'),
('interval', 3, 'interval', '{0,1 us,-1 us,1 day,1 mon,1 year 2 mons -3 days 04:05:06.000007,-1 days +23:00,30 days,1 mon -30 days 24:00,2147483647 days,-2147483648 days,178956970 years 7 mons,-178956970 years -8 mons,2562047788:00:54.775807,-2562047788:00:54.775807,178956970 years 7 mons 2147483646 days 2562047788:00:54.775806}'),
('uuid', 2, 'i64i64', '{00000000-0000-0000-0000-000000000000,ffffffff-ffff-ffff-ffff-ffffffffffff,11111111-2222-3333-4444-555555555555,3f3e3c3b-3a30-3938-3736-353433a2313e,80000000-0000-0000-8000-000000000001}'),
('name', 2, 'list', '{"",a,pg_class,"with space",日本語,"\"q\""}'),
('timetz', 2, 'list', '{00:00+00,24:00-15:59:59,00:00:00.000001+15:59:59,23:59:59.999999-13:30,07:07 PST,2003-03-07 15:36:39 America/New_York}'),
('money', 2, 'list', '{$0.00,$0.01,-$0.01,"$1,234.56",-92233720368547758.08,92233720368547758.07}'),
('bit(8)', 2, 'list', '{00000000,11111111,10101010}'),
('varbit', 2, 'list', '{"",0,1,000000000,10101010101,x0123456789abcdef}'),
('inet', 2, 'list', '{127.0.0.1,10.1.2.3/8,0.0.0.0/0,255.255.255.255,::1,::/0,2001:db8::1/64,::ffff:1.2.3.4,::4.3.2.1/24,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff}'),
('cidr', 2, 'list', '{127.0.0.1,10.0.0.0/8,0.0.0.0/0,::/0,::1/128,2001:db8::/64}'),
('macaddr', 2, 'list', '{00:00:00:00:00:00,08:00:2b:01:02:03,ff:ff:ff:ff:ff:ff}'),
('macaddr8', 2, 'list', '{00:00:00:00:00:00:00:00,08:00:2b:01:02:03:04:05,ff:ff:ff:ff:ff:ff:ff:ff}'),
('point', 2, 'list', '{"(0,-0)","(0.1,1e-300)","(5e-324,1.7976931348623157e308)","(NaN,Infinity)","(-Infinity,-5.1)","(0.30000000000000004,0.1)"}'),
('box', 2, 'list', '{"(1,1),(0,0)","(0.1,0.30000000000000004),(-0.3,1e-9)","(3,3),(3,3)","(Infinity,1),(0,-Infinity)"}'),
('lseg', 2, 'list', '{"[(0,0),(0,0)]","[(0.1,0.30000000000000004),(-1e30,3)]","[(NaN,1),(NaN,Infinity)]"}'),
('line', 2, 'list', '{"{1,-1,0}","{0.1,0.2,0.30000000000000004}","{0,-1,5}","{-1,0,1e300}"}'),
('path', 2, 'list', '{"[(0,0)]","((0,0))","[(1,2),(3,4),(0.1,1.0000000000000002)]","((1,2),(3,4),(NaN,Infinity))"}'),
('polygon', 2, 'list', '{"((0,0))","((1,2),(3,4),(0.1,1.0000000000000002))","((1,1),(1,1),(1,1),(1,1))"}'),
('circle', 2, 'list', '{"<(0,0),0>","<(0.1,-0.2),0.30000000000000004>","<(100,200),Infinity>","<(3,5),NaN>"}'),
('pg_lsn', 2, 'list', '{0/0,16/B374D848,FFFFFFFF/FFFFFFFF}'),
('xid', 2, 'list', '{0,3,4294967295}'),
('xid8', 2, 'list', '{0,3,18446744073709551615}'),
('cid', 2, 'list', '{0,4294967295}'),
('tid', 2, 'list', '{"(0,0)","(0,1)","(4294967295,65535)"}'),
('pg_snapshot', 2, 'list', '{10:10:,"10:20:10,14,15","1:9223372036854775807:1,3"}'),
('jsonpath', 2, 'list', '{$,"strict $.a[*] ? (@ > 1.50)","$.\"q\\\"uo\".size() + 1"}'),
('tsvector', 2, 'list', '{"","a","a:1A,2B,16383 b:3C","''sp ace'' ''qu''''ote'':4 ''back\\\\slash''","äö 日本"}'),
('tsquery', 2, 'list', '{a,"a & b | !c","a <-> b <3> c","a:*AB & ''sp ace'':D","!(a | (b & !!c))"}'),
('regclass', 2, 'list', '{-,pg_class,"roundtrip.\"Ta ble\"",information_schema.tables,4294967295}'),
('regtype', 2, 'list', '{-,int4,timestamptz,"\"char\"","text[]",pair,4294967295}'),
('regproc', 2, 'list', '{-,now,array_send,4294967295}'),
('regprocedure', 2, 'list', '{-,now(),"abs(int4)",list(anyarray),4294967295}'),
('regoper', 2, 'list', '{0,|/,4294967295}'),
('regoperator', 2, 'list', '{0,"+(int4,int4)","!!(none,tsquery)",4294967295}'),
('regrole', 2, 'list', '{-,pg_monitor,4294967295}'),
('regnamespace', 2, 'list', '{-,pg_catalog,public,4294967295}'),
('regconfig', 2, 'list', '{-,english,simple,4294967295}'),
('regdictionary', 2, 'list', '{-,simple,4294967295}'),
('regcollation', 2, 'list', '{-,"\"C\"","\"default\"",4294967295}'),
('aclitem', 2, 'list', '{=r/pg_monitor,pg_monitor=arwdDxt/pg_monitor,pg_monitor=U*/pg_monitor}'),
('refcursor', 2, 'list', '{"",c}'),
('int2vector', 2, 'list', '{"","1 2 -3","32767 -32768"}'),
('oidvector', 2, 'list', '{"","1 4294967295"}'),
('hstore', 2, 'list', '{"","a=>1","a=>NULL, \"b c\"=>\"d\\\"e\", \"\"=>\"\""}'),
('citext', 2, 'list', '{"",aBc,ÄÖ}'),
('int4range', 7, NULL, '{empty,"(,)","[1,5)","(1,5]","(,5)","[5,)","[-2147483648,2147483647)","[3,3]"}'),
('int8range', 7, NULL, '{empty,"(,)","[1,5)","[-9223372036854775808,9223372036854775807)"}'),
('numrange', 9, NULL, '{empty,"(,)","[1.10,2.500)","(1.1,2.5]","(1,1.0000000001)","[-Infinity,Infinity]","[NaN,NaN]","(,1.0]","[1e-1000,1e1000]","[2,2]"}'),
('daterange', 7, NULL, '{empty,"(,)","[2000-01-01,2000-12-31]","[-infinity,infinity]","[4714-11-24 BC,5874897-12-31)","(2000-01-01,)"}'),
('tsrange', 7, NULL, '{empty,"(,)","[2000-01-01,2000-01-01 00:00:00.000001)","(2000-01-01 01:00,2001-01-01]","[-infinity,infinity]"}'),
('tstzrange', 7, NULL, '{empty,"(,)","[2000-01-01 00:00+00,2000-01-01 00:00:00.000001+00)","(2000-01-01 01:00-08,2001-01-01 00:00+01]","[-infinity,infinity]"}'),
('float8range', 7, NULL, '{empty,"(,)","[0.1,0.30000000000000004)","(5e-324,Infinity]","[NaN,NaN]","[-0,0]"}'),
('textrange', 9, NULL, '{empty,"(,)","[a,b)","(\"\",\",\"]","(\"[(\\\\\"\"\",ü)","[,\"\"]"}'),
('timerange', 7, NULL, '{empty,"[00:00,24:00]","(12:00,)"}'),
('int4multirange', 2, 'list', '{"{}","{(,)}","{[1,3),[5,9)}","{(,-5),[1,1],[2147483640,)}"}'),
('int8multirange', 2, 'list', '{"{}","{(,)}","{[1,3),[5,9)}"}'),
('nummultirange', 2, 'list', '{"{}","{(,)}","{[1.10,3.0),(3.0,4],(1e100,)}"}'),
('datemultirange', 2, 'list', '{"{}","{(,)}","{[2000-01-01,2000-02-01),[2001-01-01,infinity)}"}'),
('tsmultirange', 2, 'list', '{"{}","{(,)}","{[2000-01-01,2000-02-01),(2001-01-01,infinity]}"}'),
('tstzmultirange', 2, 'list', '{"{}","{(,)}","{[2000-01-01 00:00+00,2000-02-01 00:00+01)}"}'),
('textmultirange', 2, 'list', '{"{}","{(,)}","{[a,b),(c,d]}"}'),
('mood', 1, 'i32', '{sad,ok,very happy,ÜBERMUT,""}'),
('small', 1, 'i32', '{0,999,-2147483648}'),
('smaller', 1, 'i32', '{0,999,-999}'),
('word', 2, 'list', '{"",a,"b    ",grüße}'),
('dmood', 1, 'i32', '{ok,very happy}'),
('ints', 2, 'list', '{"{}","{1}","{1,2,-2147483648,4,5,6,7,8,9}"}'),
('int4[]', 2, 'list', '{"{}","{1}","{0,-1,2147483647,-2147483648}"}'),
('bool[]', 2, 'list', '{"{}","{t}","{f,t,f}"}'),
('text[]', 2, 'list', '{"{}","{\"\"}","{a,\"NULL\",\"b c\",\"\\\\\",\"{}\"}"}'),
('numeric[]', 2, 'list', '{"{}","{1.50,NaN,-Infinity,0.00}"}'),
('small[]', 2, 'list', '{"{}","{999,-999}"}'),
('mood[]', 2, 'list', '{"{}","{ok,sad,\"\"}"}'),
('numrange[]', 2, 'list', '{"{}","{empty,\"[1.0,2)\"}"}');
-- composites, arrays and ranges of them can contain NULLs
INSERT INTO corpus (type, slots, export, given, holding_null) VALUES
('pair', 3, NULL, '{"(1,a)","(-2147483648,\"\")","(0,\"b \"\"c\")"}', '{"(,)","(1,)","(,x)"}'),
('dpair', 3, NULL, '{"(1,a)","(2,\"\")"}', '{"(1,)"}'),
('one', 1, NULL, '{(1),(-9223372036854775808)}', '{()}'),
('"Ta ble"', 3, NULL, '{"(1,a)"}', '{"(,)","(2,)"}'),
('nest', 13, NULL, '{"(\"(1,a)\",\"{ok,sad}\",1.50,2000-01-01 00:00+00,1 day,\"{\"\"(2,b)\"\",\"\"(3,c)\"\"}\")","(\"(1,\"\"\"\")\",{},NaN,infinity,1 mon -1 us,{})"}',
    '{"(,,,,,)","(\"(,)\",\"{ok,NULL}\",,,,\"{NULL,\"\"(,)\"\",\"\"(1,)\"\"}\")"}'),
('pair[]', 2, 'list', '{"{}","{\"(1,a)\",\"(2,b)\"}"}', '{"{NULL,\"(,)\",\"(1,)\"}"}'),
('int2[]', 2, 'list', '{"{}","{1,2,3}"}', '{"{NULL}","{1,NULL,3}","{NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,9}"}'),
('ints[]', 2, 'list', '{"{}","{\"{1,2}\",\"{}\"}"}', '{"{\"{NULL,1}\",NULL}"}'),
('intsrange', 9, NULL, '{empty,"[{1},\"{1,2}\")","[\"{}\",)"}', '{"[\"{NULL}\",)"}'),
('pairrange', 11, NULL, '{empty,"[\"(1,a)\",\"(1,b)\")"}', '{"[\"(1,b)\",\"(2,)\")"}');
-- long values, and values that take a query to write
INSERT INTO corpus (type, slots, export, query) VALUES
('text', 2, 'list', $$SELECT unnest('{"",a," ","  x  ",grüße,日本語,🐘,"NULL","{}","\\","\""}'::text[])
    UNION ALL SELECT string_agg(chr(i), '') FROM generate_series(1, 1500) i
    UNION ALL SELECT unnest(array[U&'e\0301', U&'\+10FFFF', U&'\FEFF', U&'\FFFE\FFFF', U&'\D7FF\E000'])
    UNION ALL SELECT repeat('x', n) FROM unnest('{125,126,127,128,2000,2048,65536,1048576}'::int[]) n
    UNION ALL SELECT string_agg(md5(i::text), 'ü') FROM generate_series(1, 30000) i$$),
('varchar', 2, 'list', $$SELECT unnest('{"","a ",grüße}'::text[]) UNION ALL SELECT repeat('ä', 100000)$$),
('bpchar', 2, 'list', $$SELECT unnest('{"","a ",grüße}'::text[]) UNION ALL SELECT 'a'::char(20) UNION ALL SELECT ''::char(3) UNION ALL SELECT repeat('ä', 100000)$$),
('"char"', 2, 'list', $$SELECT i::"char" FROM generate_series(-128, 127) i$$),
('bytea', 2, 'list', $$SELECT unnest('{"","\\x00","\\xff00ff"}'::bytea[]) UNION ALL SELECT decode(string_agg(lpad(to_hex(i), 2, '0'), ''), 'hex') FROM generate_series(0, 255) i
    UNION ALL SELECT decode(string_agg(md5(i::text), ''), 'hex') FROM generate_series(1, 65536) i$$),
('numeric', 2, 'list', $$SELECT unnest('{0,0.00,-0.0,1,-1,1.50,12.30,0.0001,0.00010000,9999,10000,99990000,100000000,NaN,Infinity,-Infinity,34338492.215397047,4.31,7799461.4119,-24926804.045047420,
    123456789012345678901234567890,-0.000000000000000000000000000001,1e-16383,-1e-16383,1e131071,-1e131071}'::numeric[])
    UNION ALL SELECT repeat('9', 131072)::numeric UNION ALL SELECT ('0.' || repeat('9', 16383))::numeric UNION ALL SELECT (repeat('1', 131072) || '.' || repeat('0', 16383))::numeric
    UNION ALL SELECT (i::numeric / 7)::numeric(30, 20) FROM generate_series(-20, 20) i$$),
('json', 2, 'list', $$SELECT unnest(array['null', '""', ' 1 ', '{"a" : [1, 2.50] }', '{"a":1,"a":2}', '"\u00e9\ud83d\ude00"', '"🐘"', '[]', '{}', '1e400', '-0.00']::json[])
    UNION ALL SELECT to_json(repeat('x"', 100000)) UNION ALL SELECT json_agg(i) FROM generate_series(1, 2000) i$$),
('jsonb', 2, 'list', $$SELECT unnest(array['null', '""', '1.500', '{"b": [1, 2.50], "a": {"c": null}}', '"\u00e9"', '"🐘"', '[]', '{}', '1e400', 'true', '[[[[1]]]]']::jsonb[])
    UNION ALL SELECT to_jsonb(repeat('x"', 100000)) UNION ALL SELECT jsonb_agg(i) FROM generate_series(1, 2000) i
    UNION ALL SELECT (repeat('[', 300) || repeat(']', 300))::jsonb$$);
UPDATE corpus SET query = $$SELECT '-2562047788:00:54.775807'::interval - '1 us'$$ WHERE type = 'interval';
UPDATE corpus SET query = $$SELECT repeat('n', 63)::name UNION ALL SELECT repeat('ü', 31)::name$$ WHERE type = 'name';

-- For each type a table of its values, two composites, and its functions.
ALTER TABLE corpus ADD id int GENERATED ALWAYS AS IDENTITY, ADD wide text, ADD optional text;
CREATE PROCEDURE prepare(c corpus) LANGUAGE plpgsql AS $$
DECLARE
    -- one slot each, of all alignments: those of an optional column must be few enough for the composite to fit into
    -- 16 slots without options, as a signature that fits so would be taken; with options it does not fit
    filling text := 'bool,int2,bool,int8,bool,float4,bool,float8,int2,bool,oid,bool,bool,date,bool,time,bool';
BEGIN
    EXECUTE format('CREATE TABLE values_%s (id int GENERATED ALWAYS AS IDENTITY, value %s, holding_null bool)', c.id, c.type);
    IF c.query IS NOT NULL THEN
        EXECUTE format('INSERT INTO values_%s (value) %s', c.id, c.query);
    END IF;
    IF c.given IS NOT NULL THEN
        -- literals, because casts from text are other functions than input
        EXECUTE format('INSERT INTO values_%s (value, holding_null) VALUES %s', c.id,
            (SELECT string_agg(format('(%L::%s, %L)', text, c.type, holding_null), ', ')
               FROM (SELECT unnest(c.given), false UNION ALL SELECT unnest(c.holding_null), true) given (text, holding_null)));
    END IF;
    IF c.export IS NOT NULL THEN
        EXECUTE format('CREATE FUNCTION flat(%s) RETURNS %1$s LANGUAGE wasm AS ''echo#%s''', c.type, c.export);
    END IF;
    IF c.is_seen THEN
        EXECUTE format('CREATE FUNCTION seen(%s) RETURNS bytea LANGUAGE wasm AS ''echo#list''', c.type);
    END IF;
    SELECT string_agg(format('f%s %s', i, type), ', ' ORDER BY i) INTO c.wide
      FROM unnest(string_to_array(filling, ',')) WITH ORDINALITY f (type, i);
    EXECUTE format('CREATE TYPE wide_%s AS (%s, value %s)', c.id, c.wide, c.type);
    SELECT string_agg(format('f%s %s', i, type), ', ' ORDER BY i) INTO c.optional
      FROM unnest((string_to_array(filling, ','))[:16 - c.slots]) WITH ORDINALITY f (type, i);
    EXECUTE format('CREATE TYPE optional_%s AS (value %s, %s)', c.id, c.type, c.optional);
END
$$;

-- Returns a value's image: the result of the type's send function, or its text if it has none.
CREATE FUNCTION image(type regtype, value text) RETURNS text STABLE LANGUAGE sql AS $$
    SELECT CASE WHEN typtype = 'd' THEN image(typbasetype, format('(%s)::%s', value, typbasetype::regtype))
                WHEN typsend = 0 OR typsend = 'textsend'::regproc OR typelem = 'aclitem'::regtype THEN format('textsend((%s)::text)', value)
                ELSE format('%s(%s)', typsend, value) END
      FROM pg_type t WHERE oid = type
$$;

-- Returns how many values came back unchanged, and which did not.
CREATE TYPE result AS (checked bigint, failed text);
CREATE FUNCTION compared(sent text, came text, type regtype, source text) RETURNS result LANGUAGE plpgsql AS $$
DECLARE
    r result;
    image text := image(type, '?');
    -- these types have no operator =, or one that compares sizes
    has_equality bool := type::text !~ '^(json|point|polygon|jsonpath|pg_snapshot|refcursor|aclitem|dmood|line|path|lseg|box|circle)(\[])?$';
BEGIN
    EXECUTE format('SELECT count(*), string_agg(left(sent::text, 50), '' | '') FILTER (WHERE %s IS DISTINCT FROM %s %s) FROM (SELECT %s AS sent, %s AS came FROM %s OFFSET 0) s',
        replace(image, '?', 'sent'), replace(image, '?', 'came'),
        CASE WHEN has_equality THEN ' OR sent IS DISTINCT FROM came' ELSE '' END, sent, came, source) INTO r;
    RETURN r;
EXCEPTION WHEN OTHERS THEN
    RETURN (0, left(SQLSTATE || ': ' || SQLERRM, 200))::result;
END
$$;

CREATE FUNCTION check_type(c corpus) RETURNS TABLE (way text, checked bigint, failed text) LANGUAGE plpgsql AS $$
DECLARE
    type regtype := c.type;
    plain text := format('values_%s WHERE NOT coalesce(holding_null, false)', c.id);
    -- array_agg of arrays makes an array of two dimensions
    gathered text := CASE WHEN c.type ~ 'vector$|^ints$' THEN format('(''{'' || string_agg(coalesce(to_json(value::text)::text, ''NULL''), '','') || ''}'')::%s[]', c.type) ELSE 'array_agg(value)' END;
    -- NULLs at the beginning, at the end, and in between
    nulls text := format('(SELECT %s AS all FROM (SELECT value FROM (SELECT value, id FROM values_%s UNION ALL SELECT NULL, n * 3 FROM generate_series(0, (SELECT max(id) / 3 + 1 FROM values_%2$s)) n) u (value, id) ORDER BY id) o) s', gathered, c.id);
    wide text := format('ROW(%s, value)::wide_%s', 'true, 2, false, 3, true, 4.5, false, 5.5, 6, true, 7, false, true, ''infinity'', false, ''24:00'', true', c.id);
    optional text := format('ROW(%%s%s)::optional_%s', repeat(', NULL', 16 - c.slots), c.id);
    array_type regtype := to_regtype(c.type || '[]');
BEGIN
    IF c.export IS NOT NULL THEN
        RETURN QUERY SELECT 'flat', (compared('value', 'flat(value)', type, plain)).*;
    END IF;
    IF c.type NOT LIKE '%[]' THEN
        RETURN QUERY SELECT 'list', (compared('"all"', 'list("all")', array_type, format('(SELECT %s AS all FROM %s) s', gathered, plain))).*;
        RETURN QUERY SELECT 'list, each', (compared('array[value]', 'list(array[value])', array_type, plain)).*;
        RETURN QUERY SELECT 'list of options', (compared('"all"', 'option("all")', array_type, format('(SELECT %s AS all FROM values_%s) s', gathered, c.id))).*;
        RETURN QUERY SELECT 'list with NULLs', (compared('"all"', 'option("all")', array_type, nulls)).*;
    END IF;
    RETURN QUERY SELECT 'wide', (compared('value', format('(pointer(%s)).value', wide), type, plain)).*;
    RETURN QUERY SELECT 'optional', (compared('value', format('(pointer(%s)).value', format(optional, 'value')), type, 'values_' || c.id)).*;
    IF c.type <> 'aclitem' THEN
        RETURN QUERY SELECT 'row', (compared(format('record_send(%s)', wide), format('record_send(pointer(%s))', wide), 'bytea', plain)).*;
    END IF;
    RETURN QUERY SELECT 'NULL', (compared('NULL::' || c.type, format('(pointer(%s)).value', format(optional, 'NULL')), type, '(SELECT) s')).*;
END
$$;
CREATE FUNCTION check_all() RETURNS TABLE (type text, ways bigint, "values" numeric, failed text) LANGUAGE sql AS $$
    SELECT type, count(*), sum(checked), string_agg(way || ': ' || failed, '; ')
      FROM corpus c, check_type(c) GROUP BY type ORDER BY type
$$;

DO $$
DECLARE
    c corpus;
BEGIN
    FOR c IN SELECT * FROM corpus LOOP
        CALL prepare(c);
    END LOOP;
END
$$;
-- no value is missing, and none is NULL itself
CREATE FUNCTION given() RETURNS TABLE (type text, "values" bigint, nulls bigint) LANGUAGE plpgsql AS $$
DECLARE
    c corpus;
BEGIN
    FOR c IN SELECT * FROM corpus ORDER BY corpus.type LOOP
        RETURN QUERY EXECUTE format('SELECT %L, count(*), count(*) FILTER (WHERE num_nonnulls(value) = 0) FROM values_%s', c.type, c.id);
    END LOOP;
END
$$;
CREATE TABLE checked AS SELECT * FROM check_all();
SELECT type, given."values", nulls, ways, checked."values" AS checked FROM given() given JOIN checked USING (type) ORDER BY type;
SELECT type, failed FROM checked WHERE failed IS NOT NULL;

-- No setting changes a value, nor what a guest sees of it.
CREATE FUNCTION seen_all() RETURNS TABLE (type text, seen text) LANGUAGE plpgsql AS $$
DECLARE
    c corpus;
BEGIN
    FOR c IN SELECT * FROM roundtrip.corpus WHERE is_seen LOOP
        RETURN QUERY EXECUTE format('SELECT %L, md5(string_agg(roundtrip.seen(value), ''\x00'' ORDER BY id)) FROM roundtrip.values_%s', c.type, c.id);
    END LOOP;
END
$$;
CREATE TABLE seen AS SELECT * FROM seen_all();
SELECT count(*) FROM seen;
CREATE FUNCTION check_settings() RETURNS TABLE (types bigint, checked numeric, failed text, "seen otherwise" text) LANGUAGE sql AS $$
    SELECT count(*), sum("values"), string_agg(type || ': ' || failed, E'\n'),
           (SELECT string_agg(type, ', ' ORDER BY type) FROM seen FULL JOIN seen_all() now USING (type) WHERE seen.seen IS DISTINCT FROM now.seen)
      FROM check_all()
$$;
SET datestyle = 'SQL, DMY';
SET intervalstyle = sql_standard;
SET timezone = 'Asia/Kathmandu';
SET extra_float_digits = -15;
SET bytea_output = escape;
SET xmloption = document;
SELECT * FROM check_settings();
SET datestyle = 'German';
SET intervalstyle = iso_8601;
SET timezone = '+15:30';
SET extra_float_digits = 0;
SELECT * FROM check_settings();
-- except for names, which are qualified and quoted where necessary. For types whose images depend on the client's
-- encoding, only what a guest sees is compared
SET client_encoding = 'LATIN1';
SET array_nulls = off;
SET search_path = public;
SET quote_all_identifiers = on;
SELECT string_agg(type, ', ' ORDER BY type) AS "seen otherwise"
  FROM roundtrip.seen FULL JOIN roundtrip.seen_all() now USING (type) WHERE seen.seen IS DISTINCT FROM now.seen;
RESET ALL;

SET client_min_messages = error;
DROP SCHEMA roundtrip CASCADE;

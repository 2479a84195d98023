-- Random types made of random types, up to four deep, and values of them: each value comes back unchanged.
CREATE SCHEMA random;
SET search_path = random, public;

\getenv guests PLWASM_GUESTS
\set echo `cat :'guests'/echo/echo.wat`
CREATE FUNCTION echo() RETURNS wasm.module LANGUAGE wasm AS :'echo';
CREATE FUNCTION list(anyarray) RETURNS anyarray LANGUAGE wasm AS 'echo';
CREATE FUNCTION option(anyarray) RETURNS anyarray LANGUAGE wasm AS 'echo';
CREATE FUNCTION pointer(anyelement) RETURNS anyelement LANGUAGE wasm AS 'echo';

-- The basic types, and values of them
CREATE TABLE bases (id int GENERATED ALWAYS AS IDENTITY, type text, given text[], is_ordered bool DEFAULT true);
CREATE TYPE mood AS ENUM ('sad', 'ok', 'very happy', '"');
DO $$ BEGIN EXECUTE (SELECT format('CREATE TYPE many AS ENUM (%s)', string_agg(format('''l%s''', i), ', ')) FROM generate_series(0, 299) i); END $$;
INSERT INTO bases (type, given) VALUES
('bool', '{t,f}'), ('int2', '{0,-1,32767,-32768}'), ('int4', '{0,-1,2147483647,-2147483648}'), ('int8', '{0,-1,9223372036854775807,-9223372036854775808}'), ('oid', '{0,4294967295}'),
('float4', '{0,-0,1.5,1e-45,NaN,-Infinity}'), ('float8', '{0,-0,0.1,5e-324,NaN,Infinity}'), ('text', '{"",a,"b c","\"","\\",",","()","{}",NULL,ü🐘,"(\"\\\\,"}'), ('varchar(5)', '{"",abcde,"ü\""}'), ('char(3)', '{"",a,abc}'),
('numeric', '{0,1.50,-12345678901234567890.123,NaN,Infinity,1e-50}'), ('numeric(6,2)', '{0,1.50,-9999.99}'), ('date', '{2000-01-01,infinity,-infinity,0001-01-01 BC}'), ('time', '{00:00,24:00,12:34:56.789}'),
('timestamp', '{2000-01-01,infinity,1999-12-31 23:59:59.999999}'), ('timestamptz', '{2000-01-01 00:00+00,-infinity}'), ('timetz', '{00:00+00,24:00-12}'), ('interval', '{0,1 mon -2 days 00:00:00.000001,-1 year}'),
('uuid', '{00000000-0000-0000-0000-000000000000,11111111-2222-3333-4444-555555555555}'), ('bytea', '{"","\\x00ff","\\x5c22"}'), ('name', '{"",a b}'), ('"char"', '{"",a}'), ('money', '{$0.00,-$1.50}'),
('inet', '{127.0.0.1,::1/64}'), ('macaddr', '{08:00:2b:01:02:03}'), ('varbit', '{"",101}'), ('bit(3)', '{101,000}'), ('xid8', '{0,18446744073709551615}'), ('pg_lsn', '{0/0,16/B374D848}'), ('mood', '{sad,ok,"very happy","\""}'), ('many', '{l0,l255,l256,l299}'),
('jsonb', '{null,"{\"a\": [1.50, \"x\"]}"}'), ('tsvector', '{"","''a b'':1"}');
INSERT INTO bases (type, given, is_ordered) VALUES ('json', '{null," {\"a\" :1}"}', false), ('point', '{"(0,-0)","(0.1,NaN)"}', false), ('regtype', '{int4,\"char\",random.mood}', false);
UPDATE bases SET given = array_remove(given, NULL);

CREATE FUNCTION below(n int) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT floor(random() * n)::int';
CREATE SEQUENCE numbers;

-- Makes a type of at most this depth. An array is put into a domain, so that there can be arrays of it.
CREATE FUNCTION make_type(depth int, ordered bool DEFAULT false) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    kind int := below(8);
    name text := 't' || nextval('numbers');
    part text;
BEGIN
    IF depth = 0 OR kind = 0 THEN
        RETURN (SELECT type FROM bases WHERE NOT ordered OR is_ordered ORDER BY (id * 7919 + below(1000)) % 997 LIMIT 1);
    ELSIF kind = 1 THEN
        part := make_type(depth - 1, ordered);
        EXECUTE format('CREATE DOMAIN %s AS %s', name, part);
    ELSIF kind <= 3 THEN
        part := make_type(depth - 1, ordered);
        EXECUTE format('CREATE DOMAIN %s AS %s[]', name, part);
    ELSIF kind = 4 AND NOT ordered THEN
        part := make_type(depth - 1, true);
        EXECUTE format('CREATE TYPE %s AS RANGE (subtype = %s, multirange_type_name = %1$s_multi)', name, regexp_replace(part, '\(.*', ''));
        IF below(3) = 0 THEN
            name := name || '_multi';
        END IF;
    ELSE
        FOR i IN 1..1 + below(5) LOOP
            part := concat_ws(', ', part, format('c%s %s', i, make_type(depth - 1, ordered)));
        END LOOP;
        EXECUTE format('CREATE TYPE %s AS (%s)', name, part);
    END IF;
    RETURN name;
END
$$;

-- The text of an array, of a row, and of a bound of a range
CREATE FUNCTION array_text(texts text[]) RETURNS text LANGUAGE sql AS $$
    SELECT '{' || coalesce(string_agg(coalesce('"' || regexp_replace(t, '(["\\])', '\\\1', 'g') || '"', 'NULL'), ',' ORDER BY o), '') || '}' FROM unnest(texts) WITH ORDINALITY u (t, o)
$$;
CREATE FUNCTION row_text(texts text[]) RETURNS text LANGUAGE sql AS $$
    SELECT '(' || coalesce(string_agg(coalesce('"' || regexp_replace(t, '(["\\])', '\1\1', 'g') || '"', ''), ',' ORDER BY o), '') || ')' FROM unnest(texts) WITH ORDINALITY u (t, o)
$$;
-- Makes the text of a value, or NULL one time in eight if that is allowed
CREATE FUNCTION make_value(wanted regtype, typmod int, nulls bool) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    t pg_type;
    texts text[] := '{}';
    result text;
BEGIN
    IF nulls AND below(8) = 0 THEN
        RETURN NULL;
    END IF;
    SELECT * INTO t FROM pg_type WHERE oid = wanted;
    IF t.typtype = 'd' THEN
        RETURN make_value(t.typbasetype, t.typtypmod, false);
    ELSIF t.typtype = 'c' THEN
        SELECT array_agg(make_value(atttypid, atttypmod, nulls) ORDER BY attnum) INTO texts FROM pg_attribute WHERE attrelid = t.typrelid AND NOT attisdropped;
        RETURN row_text(texts);
    ELSIF t.typcategory = 'A' THEN
        FOR i IN 1..below(4) LOOP
            texts := texts || make_value(t.typelem, typmod, nulls);
        END LOOP;
        RETURN array_text(texts);
    ELSIF t.typtype = 'r' THEN
        -- NULL means no bound; bounds in the wrong order are tried again
        FOR i IN 1..5 LOOP
            SELECT array_agg(make_value(rngsubtype, -1, nulls)) INTO texts FROM pg_range, generate_series(1, 2) WHERE rngtypid = wanted;
            result := overlay(overlay(row_text(texts) PLACING (CASE below(2) WHEN 0 THEN '[' ELSE '(' END) FROM 1) PLACING (CASE below(2) WHEN 0 THEN ']' ELSE ')' END) FROM length(row_text(texts)));
            BEGIN
                EXECUTE format('SELECT %L::%s', result, wanted);
                RETURN result;
            EXCEPTION WHEN data_exception THEN
            END;
        END LOOP;
        RETURN 'empty';
    ELSIF t.typtype = 'm' THEN
        RETURN (SELECT '{' || string_agg(make_value(rngtypid, -1, false), ',') || '}' FROM pg_range, generate_series(0, below(3)) WHERE rngmultitypid = wanted);
    END IF;
    SELECT given[1 + below(cardinality(given))] INTO STRICT result FROM bases WHERE type = format_type(wanted, typmod) OR type::regtype = wanted ORDER BY type = format_type(wanted, typmod) DESC, type::regtype = wanted DESC LIMIT 1;
    RETURN result;
END
$$;

CREATE TABLE made (id int GENERATED ALWAYS AS IDENTITY, type text, wide text, with_nulls text, without_nulls text);
CREATE PROCEDURE make(depth int) LANGUAGE plpgsql AS $$
DECLARE
    type text := make_type(depth);
    wide text := 'w' || nextval('numbers');
    with_nulls text[] := '{}';
    without_nulls text[] := '{}';
BEGIN
    IF type ~ '\(' THEN
        -- a modifier is not a part of a type
        EXECUTE format('CREATE DOMAIN %s AS %s', replace(wide, 'w', 't'), type);
        type := replace(wide, 'w', 't');
    END IF;
    EXECUTE format('CREATE TYPE %s AS (c1 bool, v %s, c2 int2, c3 bool, w %2$s, %s)', wide, type, (SELECT string_agg(format('d%s int', i), ', ') FROM generate_series(1, 14) i));
    FOR i IN 1..6 LOOP
        with_nulls := with_nulls || make_value(type::regtype, -1, true);
        without_nulls := without_nulls || make_value(type::regtype, -1, false);
    END LOOP;
    INSERT INTO made (type, wide, with_nulls, without_nulls) VALUES (type, wide, array_text(with_nulls), array_text(without_nulls));
END
$$;

-- Returns whether all values came back: with NULLs, without, and in a composite behind one pointer, at odd offsets.
CREATE FUNCTION check_made(m made, OUT failed text) LANGUAGE plpgsql AS $$
DECLARE
    ok bool;
BEGIN
    EXECUTE format('SELECT array_send(option(a)) = array_send(a) FROM (SELECT %L::%s[] OFFSET 0) s (a)', m.with_nulls, m.type) INTO ok;
    IF ok IS NOT TRUE THEN failed := concat_ws(', ', failed, 'option'); END IF;
    EXECUTE format('SELECT array_send(list(a)) = array_send(a) FROM (SELECT %L::%s[] OFFSET 0) s (a)', m.without_nulls, m.type) INTO ok;
    IF ok IS NOT TRUE THEN failed := concat_ws(', ', failed, 'list'); END IF;
    EXECUTE format('SELECT record_send(pointer(w)) = record_send(w) FROM (SELECT ROW(true, a[1], 2, false, a[2], 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)::%s FROM (SELECT %L::%s[] OFFSET 0) r (a) OFFSET 0) s (w)',
        m.wide, m.without_nulls, m.type) INTO ok;
    IF ok IS NOT TRUE THEN failed := concat_ws(', ', failed, 'pointer'); END IF;
EXCEPTION WHEN OTHERS THEN
    failed := concat_ws(', ', failed, SQLSTATE || ': ' || SQLERRM);
END
$$;

SELECT setseed(0.42);
DO $$
BEGIN
    FOR i IN 1..300 LOOP
        CALL make(1 + i % 4);
        COMMIT;
    END LOOP;
END
$$;
CREATE TABLE checked AS SELECT m.*, check_made(m) AS failed FROM made m;
SELECT count(*) AS checked, count(DISTINCT type) > 250 AS "many types", count(failed) AS failed FROM checked;
-- the types differ
SELECT count(*) > 500 AS composites, count(*) FILTER (WHERE typtype = 'd') > 200 AS domains, count(*) FILTER (WHERE typtype = 'r') > 20 AS ranges, count(*) FILTER (WHERE typtype = 'm') > 20 AS multiranges
  FROM pg_type WHERE typnamespace = 'random'::regnamespace;
SELECT count(*) FILTER (WHERE with_nulls ~ 'NULL|,,') > 100 AS "hold NULL", avg(length(with_nulls)) > 100 AS "hold much", max(length(with_nulls)) > 5000 AS "hold very much" FROM made;
SELECT type, failed, left(with_nulls, 200) AS with_nulls, left(without_nulls, 200) AS without_nulls FROM checked WHERE failed IS NOT NULL ORDER BY length(with_nulls) LIMIT 10;

SET client_min_messages = error;
DROP SCHEMA random CASCADE;
RESET search_path;

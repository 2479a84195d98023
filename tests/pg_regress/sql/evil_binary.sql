-- Binaries that are broken in many ways: a valid one with changes, and some that declare more than they contain.
-- Each must end with one of the errors below, or work; and a good function must work after it.
CREATE SCHEMA evil;
SET search_path = evil, public;
CREATE TABLE server AS SELECT server_started() AS started, pg_backend_pid() AS backend;
CREATE FUNCTION good(int) RETURNS int LANGUAGE wasm AS
    '(module (func (export "good") (param i32) (result i32) (i32.div_s (i32.const 84) (local.get 0))))';

-- cabi_realloc, and echo, which takes and returns a string
CREATE TABLE whole AS SELECT '\x0061736d01000000010f0260047f7f7f7f017f60027f7f017f030302000105030100010607017f014180080b072003066d656d6f727902000c636162695f7265616c6c6f630000046563686f00010a20020b002300230020036a24000b1200410020003602004104200136020041000b'::bytea AS code;
SELECT wasm.create_module('changing', code) FROM whole;
CREATE FUNCTION echo(text) RETURNS text LANGUAGE wasm AS 'changing';
SELECT echo('it works');

CREATE FUNCTION state_of(statement text) RETURNS text
    RETURN (SELECT CASE WHEN o ~ '^[0-9A-Z]{5}: ' THEN left(o, 5) ELSE 'works' END FROM outcome(statement) o);
CREATE FUNCTION changed(code bytea, OUT state text, OUT good bool) LANGUAGE plpgsql AS $$
BEGIN
    state := state_of(format('SELECT wasm.create_module(''changing'', %L, true)', code));
    IF state = 'works' THEN
        state := state_of('SELECT echo(''some text'')');
    END IF;
    good := good(2) = 42;
END
$$;
CREATE FUNCTION unknown(state text) RETURNS bool
    RETURN state <> ALL ('{works,0A000,42883,42P13,54000,54001,53200,38000,39000,22012,22003,22021}');
SET plwasm.fuel = 100000;

-- cut at every length: only the whole binary works
CREATE TABLE cut AS SELECT n, c.* FROM whole, generate_series(0, length(code)) n, changed(substr(code, 1, n)) c;
SELECT count(*), count(*) FILTER (WHERE good) AS good, array_agg(n) FILTER (WHERE state = 'works') = ARRAY[max(n)] AS "only the whole works",
       array_agg(DISTINCT state) FILTER (WHERE unknown(state)) AS unknown FROM cut;
-- each bit inverted
CREATE TABLE flipped AS SELECT n, c.* FROM whole, generate_series(0, length(code) * 8 - 1) n, changed(set_bit(code, n, 1 - get_bit(code, n))) c;
SELECT count(*), count(*) FILTER (WHERE good) AS good, count(*) FILTER (WHERE state = '42P13') > count(*) / 3 AS "many are invalid",
       array_agg(DISTINCT state) FILTER (WHERE unknown(state)) AS unknown FROM flipped;
-- each byte removed, doubled, replaced by the largest byte, and by the largest number
CREATE TABLE bytes AS SELECT n, c.* FROM whole, generate_series(1, length(code)) n,
    unnest(ARRAY['\x', substr(code, n, 1) || substr(code, n, 1), '\xff', '\xffffffff0f']) byte, changed(overlay(code PLACING byte FROM n FOR 1)) c;
SELECT count(*), count(*) FILTER (WHERE good) AS good,
       array_agg(DISTINCT state) FILTER (WHERE unknown(state)) AS unknown FROM bytes;
-- random bytes after the header, and after a section's number and length: the same on every server
CREATE TABLE chance AS SELECT n, c.* FROM generate_series(1, 2000) n, sha512(n::text::bytea) bytes,
    changed('\x0061736d01000000'::bytea || CASE n % 2 WHEN 0 THEN bytes ELSE set_byte('\x0040', 0, n / 2 % 14) || bytes END) c;
SELECT count(*), count(*) FILTER (WHERE good) AS good,
       array_agg(DISTINCT state) FILTER (WHERE unknown(state)) AS unknown FROM chance;
RESET plwasm.fuel;

-- generated: deep nesting, and counts of items that do not exist
CREATE FUNCTION leb128(n int8) RETURNS bytea IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
    bytes bytea := '';
BEGIN
    WHILE n > 127 LOOP
        bytes := bytes || set_byte('\x00', 0, (n & 127 | 128)::int);
        n := n >> 7;
    END LOOP;
    RETURN bytes || set_byte('\x00', 0, n::int);
END
$$;
CREATE FUNCTION section(number int, content bytea) RETURNS bytea IMMUTABLE
    RETURN set_byte('\x00', 0, number) || leb128(length(content)) || content;
CREATE FUNCTION code(instructions text) RETURNS bytea IMMUTABLE
    RETURN '\x0061736d01000000'::bytea || section(1, '\x01600000') || section(3, '\x0100') ||
        section(10, (SELECT '\x01'::bytea || leb128(length(b)) || b FROM decode('00' || instructions || '0b', 'hex') b));
SELECT what, left(outcome(format('SELECT wasm.create_module(''generated'', %L, true)', code)), 130) AS result, good(2)
  FROM (VALUES
    ('100,000 blocks', code(repeat('0240', 100000) || repeat('0b', 100000))),
    ('100,000 blocks, not closed', code(repeat('0240', 100000))),
    ('10,000 ifs', code(repeat('41000440', 10000) || repeat('0b', 10000))),
    ('a million instructions', code(repeat('01', 1000000))),
    ('4,294,967,295 types', '\x0061736d01000000'::bytea || section(1, '\xffffffff0f')),
    ('4,294,967,295 functions', '\x0061736d01000000'::bytea || section(1, '\x01600000') || section(3, '\xffffffff0f')),
    ('4,294,967,295 exports', '\x0061736d01000000'::bytea || section(7, '\xffffffff0f')),
    ('4,294,967,295 locals', '\x0061736d01000000'::bytea || section(1, '\x01600000') || section(3, '\x0100') || section(10, '\x010801ffffffff0f7f0b')),
    ('a section of 4 GB', '\x0061736d0100000001ffffffff0f'),
    ('100,000 exports of a function with 1,000 parameters', '\x0061736d01000000'::bytea ||
        section(1, decode('0160e807' || repeat('7f', 1000) || '00', 'hex')) || section(3, '\x0100') ||
        section(7, leb128(100000) || decode(repeat('000000', 100000), 'hex')) || section(10, '\x0102000b'))
  ) v (what, code);

SELECT (SELECT count(*) FROM cut) + (SELECT count(*) FROM flipped) + (SELECT count(*) FROM bytes) + (SELECT count(*) FROM chance) + 10 AS binaries,
       started = server_started() AS "same server", backend = pg_backend_pid() AS "same session" FROM server;
SET client_min_messages = error;
DROP SCHEMA evil CASCADE;

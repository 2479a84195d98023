-- Guests that try to hurt the server: guest-examples/evil/*.wat, and those below that are too long for a file.
-- A file says in its first lines the SQLSTATE that must come of it (00000 for what must simply work), how it is
-- declared and how it is called. Each must give that SQLSTATE, when it is created or else when it is called;
-- after each a good function must work in the same session; and the postmaster must not have restarted.
\getenv guests PLWASM_GUESTS
CREATE SCHEMA evil;
SET search_path = evil, public;
CREATE TABLE server AS SELECT server_started() AS started, pg_backend_pid() AS backend;

CREATE TABLE guest (
    name text COLLATE "C" PRIMARY KEY,
    expected text NOT NULL,
    declaration text NOT NULL, -- what goes before LANGUAGE
    call text NOT NULL,
    body text NOT NULL,
    result text,     -- SQLSTATE and message, or the value
    at text,         -- CREATE or call
    unchecked text,  -- what the call gives if CREATE FUNCTION did not check the body
    good int);       -- what a good function gave afterwards

CREATE FUNCTION good(int) RETURNS int LANGUAGE wasm AS
    '(module (func (export "good") (param i32) (result i32) (i32.div_s (i32.const 84) (local.get 0))))';

-- SQLSTATE and message, or the value. query_canceled is not among OTHERS.
CREATE FUNCTION attempt(statement text, OUT result text) LANGUAGE plpgsql AS $$
BEGIN
    IF statement LIKE 'SELECT %' THEN
        EXECUTE statement INTO result;
    ELSE
        EXECUTE statement;
    END IF;
    result := '00000: ' || coalesce(result, 'NULL');
EXCEPTION WHEN query_canceled OR OTHERS THEN
    -- one line, and not the whole of a long one
    result := left(SQLSTATE || ': ' || split_part(SQLERRM, E'\n', 1), 130);
END
$$;
CREATE PROCEDURE create_guest(wanted text) LANGUAGE plpgsql AS $$
DECLARE
    g guest;
    statement text;
BEGIN
    SELECT * INTO g FROM guest WHERE name = wanted;
    statement := format('%s LANGUAGE wasm AS %L', g.declaration, g.body);
    g.result := attempt(statement);
    IF g.result LIKE '00000%' THEN
        g.at := 'call';
    ELSE
        g.at := 'CREATE';
        SET LOCAL check_function_bodies = off;
        EXECUTE statement;
        g.unchecked := attempt(g.call);
        DROP FUNCTION evil;
    END IF;
    UPDATE guest SET (result, at, unchecked, good) = (g.result, g.at, g.unchecked, good(2)) WHERE name = wanted;
END
$$;
CREATE PROCEDURE call_guest(wanted text) LANGUAGE plpgsql AS $$
DECLARE
    g guest;
BEGIN
    SELECT * INTO g FROM guest WHERE name = wanted;
    IF g.at = 'call' THEN
        g.result := attempt(g.call);
        UPDATE guest SET (result, good) = (g.result, good(2)) WHERE name = wanted;
        DROP FUNCTION evil;
    END IF;
END
$$;

-- files
INSERT INTO guest (name, expected, declaration, call, body)
    SELECT left(file, -4), substr(line[1], 4, 5), substr(line[2], 4), substr(line[3], 4), body
      FROM pg_ls_dir(:'guests' || '/evil') file, pg_read_file(:'guests' || '/evil/' || file) body,
           string_to_array(body, E'\n') line
     WHERE file LIKE '%.wat';

-- and generated: how deep, how long, how many
CREATE FUNCTION function(code text, before text DEFAULT '') RETURNS text
    RETURN '(module ' || before || ' (func $evil (export "evil") (result i32) ' || code || '))';
CREATE TYPE nothing AS ();
CREATE TYPE arrays AS (a int8[], b int8[]);
CREATE TYPE padded AS (c char(10485760));
CREATE TYPE flagged AS (f text[]);
CREATE DOMAIN small AS int CHECK (VALUE < 10);
CREATE FUNCTION good_module() RETURNS wasm.module LANGUAGE wasm AS '(module)';
INSERT INTO guest (name, expected, declaration, call, body)
    SELECT name, expected, 'CREATE FUNCTION evil() RETURNS int', 'SELECT evil()', body FROM (VALUES
    ('deep-parentheses', '42P13', repeat('(', 100000)),
    ('deep-parentheses-closed', '42P13', repeat('(', 100000) || repeat(')', 100000)),
    ('deep-comments', '00000', repeat('(;', 100000) || repeat(';)', 100000) || function('(i32.const 0)')),
    ('deep-comments-open', '42P13', repeat('(;', 100000)),
    ('deep-modules', '42P13', repeat('(module ', 100000) || repeat(')', 100000)),
    ('deep-functions', '42P13', '(module ' || repeat('(func ', 100000) || repeat(')', 100000) || ')'),
    ('deep-types', '42P13', '(module (type ' || repeat('(ref ', 100000) || repeat(')', 100000) || '))'),
    ('deep-components', '42P13', repeat('(component ', 100000) || repeat(')', 100000)),
    ('deep-blocks-folded', '00000', function(repeat('(block ', 100000) || repeat(')', 100000) || '(i32.const 0)')),
    ('deep-blocks', '00000', function(repeat('block ', 100000) || repeat('end ', 100000) || 'i32.const 0')),
    ('deep-loops', '54000', function(repeat('loop ', 20000) || repeat('end ', 20000) || 'i32.const 0')),
    ('deep-ifs', '00000', function(repeat('i32.const 1 if (result i32) ', 5000) || 'i32.const 0 ' || repeat('else i32.const 1 end ', 5000))),
    ('deeper-ifs', '53200', function(repeat('i32.const 1 if (result i32) ', 20000) || 'i32.const 0 ' || repeat('else i32.const 1 end ', 20000))),
    ('deep-tries', '00000', function(repeat('try_table ', 5000) || repeat('end ', 5000) || 'i32.const 0')),
    ('deep-expression', '00000', function(repeat('(i32.eqz ', 100000) || '(i32.const 1)' || repeat(')', 100000))),
    ('deep-sum', '00000', function(repeat('i32.const 1 ', 100000) || repeat('i32.add ', 99999))),
    ('br-table-huge', '00000', function('(br_table ' || repeat('0 ', 65000) || '(i32.const 1) (i32.const 1))')),
    ('br-table-too-huge', '42P13', function('(br_table ' || repeat('0 ', 200000) || '(i32.const 1) (i32.const 1))')),
    ('locals', '00000', function('(local ' || repeat('i64 ', 49999) || ') (i32.const 0)')),
    ('locals-too-many', '42P13', function('(local ' || repeat('i64 ', 50001) || ') (i32.const 0)')),
    ('parameters', '00000', function('(i32.const 0)', '(func (param ' || repeat('i32 ', 999) || '))')),
    ('parameters-1000', '42P13', function('(i32.const 0)', '(func (param ' || repeat('i32 ', 1000) || '))')),
    ('results', '00000', function('(i32.const 0)', '(func (result ' || repeat('i32 ', 999) || ') unreachable)')),
    ('results-1000', '42P13', function('(i32.const 0)', '(func (result ' || repeat('i32 ', 1000) || ') unreachable)')),
    ('parameters-too-many', '42P13', function('(i32.const 0)', '(func (param ' || repeat('i32 ', 1001) || '))')),
    ('big-frames', '54001', function('(call $evil) (i32.add (call $other ' || repeat('(i64.const 1) ', 500) || '))',
        '(func $other (param ' || repeat('i64 ', 500) || ') (result i32) (call $evil) (call $other ' ||
        (SELECT string_agg(format('(local.get %s) ', i), '') FROM generate_series(0, 499) i) || ') i32.add)')),
    ('functions', '00000', function('(call 999)', (SELECT string_agg(format('(func (export "f%s") (result i32) (i32.const %s))', i, i), '') FROM generate_series(0, 999) i))),
    ('functions-chained', '54001', function('(call 0)', (SELECT string_agg(format('(func (result i32) (call %s))', (i + 1) % 1000), '') FROM generate_series(0, 999) i))),
    ('export-64-kb', '00000', function('(i32.const 0)', '(func (export "' || repeat('e', 65536) || '"))')),
    ('export-64-kb-only', '42883', '(module (func (export "' || repeat('e', 65536) || '")))'),
    ('import-64-kb', '0A000', '(module (import "' || repeat('i', 65536) || '" "' || repeat('j', 65536) || '" (func)))'),
    ('import-1000', '0A000', '(module ' || repeat('(import "" "" (func))', 1000) || ')'),
    ('globals', '00000', function('(global.get 9999)', repeat('(global i32 (i32.const 0))', 10000))),
    ('types', '00000', function('(i32.const 0)', repeat('(type (func (param i32)))', 10000))),
    ('supertypes', '42P13', function('(i32.const 0)', '(rec (type $t0 (sub (struct)))' || (SELECT string_agg(format('(type $t%s (sub $t%s (struct)))', i, i - 1), '') FROM generate_series(1, 200) i) || ')')),
    ('data-segments', '00000', function('(i32.const 0)', '(memory 1)' || repeat('(data (i32.const 0) "x")', 10000))),
    ('exports', '00000', function('(i32.const 0)', (SELECT string_agg(format('(export "%s" (func $evil))', i), '') FROM generate_series(1, 10000) i))),
    -- what is added to each instruction, many times over
    ('stores', '00000', function(repeat('(i32.store (i32.const 8) (i32.const 1))', 5000) || '(i32.const 0)', '(memory 1)')),
    ('stores-too-many', '54000', function(repeat('i32.const 8 i32.const 1 i32.store ', 200000) || '(i32.const 0)', '(memory 1)')),
    ('fills', '00000', function(repeat('(memory.fill (i32.const 8) (i32.const 1) (i32.const 1))', 3000) || '(i32.const 0)', '(memory 1)')),
    ('calls', '00000', function(repeat('(call $f)', 50000) || '(i32.const 0)', '(func $f)')),
    ('divisions', '00000', function('(i32.const 1)' || repeat('(i32.const 3) i32.div_s ', 50000))),
    ('floats', '00000', function('(local f64) (local.get 0)' || repeat('(local.get 0) f64.div f64.neg ', 5000) || 'i32.trunc_sat_f64_s')),
    ('locals-all', '42P13', function('(local ' || repeat('i64 ', 50000) || ') (i32.store (i32.const 8) (i32.const 1)) (i32.const 0)', '(memory 1)')),
    ('globals-set', '00000', function('(global.set 9999 (i32.const 1)) (global.get 9998)', repeat('(global (mut i32) (i32.const 0))', 10000))),
    ('exports-changing', '00000', function('(global.set $g (i32.const 1)) (i32.const 0)', '(global $g (mut i32) (i32.const 0))' || (SELECT string_agg(format('(export "%s" (func $evil))', i), '') FROM generate_series(1, 1000) i))),
    ('exports-ours', '00000', function('(global.set $g (i32.const 1)) (i32.const 0)', '(global $g (mut i32) (i32.const 0))' || (SELECT string_agg(format('(export "plwasm %s" (func $evil))', repeat('_', i)), '') FROM generate_series(0, 1000) i))),
    ('deep-loops-branched', '00000', function(repeat('loop ', 500) || repeat('i32.const 0 br_if 0 end ', 500) || 'i32.const 0')),
    ('deep-loops-left', '00000', function('(block ' || repeat('loop ', 500) || (SELECT string_agg(format('i32.const 0 br_if %s ', i), '') FROM generate_series(0, 500) i) || repeat('i32.const 0 br_if 2 ', 10000) || repeat('end ', 500) || ') i32.const 0')),
    ('deep-ifs-stored', '00000', function(repeat('i32.const 1 if i32.const 8 i32.const 1 i32.store ', 1000) || repeat('else i32.const 8 i32.const 2 i32.store end ', 1000) || 'i32.const 0', '(memory 1)')),
    ('br-table-in-a-loop', '54000', function('(loop $l (block $b (br_table ' || repeat('$l $b ', 30000) || '$l (i32.const 59999))) (br $l)) unreachable')),
    ('exception-across-work', '54000', function('(loop $l (block $c (try_table (catch $e $c) (call $work))) (br $l)) unreachable', '(tag $e) (global $g (mut i32) (i32.const 0)) (func $throw (throw $e)) (func $work ' ||
        repeat('(global.set $g (i32.add (global.get $g) (i32.const 1)))', 2500) || '(call $throw))')),
    ('name-reference', '42883', repeat('n', 70000)),
    ('name-control', '42P13', E'evil\x1b[2J\nERROR:  fake'),
    ('key-control', '42P13', E'evil#evil \x1b[2J=1'),
    ('export-control', '42883', E'good_module#\x1b[2J')) generated (name, expected, body);

SET plwasm.fuel = 1e8; -- quicker
-- one statement creates, another calls: so that a timeout is for the call alone
\set ECHO none
SELECT format('CALL create_guest(%L)', name), 'SET statement_timeout = ' || CASE expected WHEN '57014' THEN 300 ELSE 120000 END,
       format('CALL call_guest(%L)', name), 'RESET statement_timeout'
  FROM guest ORDER BY name \gexec
\set ECHO all
SELECT name, at, result FROM guest ORDER BY name;
SELECT count(*) AS guests, count(*) FILTER (WHERE at = 'CREATE') AS "refused by CREATE", count(*) FILTER (WHERE expected = '00000') AS harmless FROM guest;
-- all as expected
SELECT name, expected, result FROM guest WHERE left(result, 5) <> expected OR result IS NULL ORDER BY name;
-- a good call after each
SELECT name, good FROM guest WHERE good IS DISTINCT FROM 42 ORDER BY name;
-- what CREATE refuses the call refuses too, in the same words, where CREATE did not look
SELECT name, result, unchecked FROM guest WHERE unchecked <> result ORDER BY name;

-- one session, one server all the while
SELECT started = server_started() AS "same server", backend = pg_backend_pid() AS "same session" FROM server;
SET client_min_messages = error;
DROP SCHEMA evil CASCADE;

-- The evil guests as a table, and what runs one of them: the files in the folders beside this one, and those that are
-- generated here, as they are too long for a file or too alike. psql has to include this where the schema evil is the
-- first in search_path; its variable evil names this directory. The server reads the files.
--
--   CALL create_guest(name); CALL call_guest(name)      in a statement each, so that a timeout is for the call alone
--
-- fill in result, what a good function gave afterwards, and how long it took.

CREATE TABLE guest (
    name text COLLATE "C" PRIMARY KEY,
    does text,       -- what the file says of it
    expected text NOT NULL,
    declaration text NOT NULL, -- what goes before LANGUAGE
    call text NOT NULL,
    body text NOT NULL,
    result text,     -- SQLSTATE and message, or the value
    at text,         -- CREATE or call
    ms float8,       -- until that came
    unchecked text,  -- what the call gives if CREATE FUNCTION did not check the body
    good int);       -- what a good function gave afterwards

CREATE FUNCTION good(int) RETURNS int LANGUAGE wasm AS
    '(module (func (export "good") (param i32) (result i32) (i32.div_s (i32.const 84) (local.get 0))))';

-- SQLSTATE and message, or the value. query_canceled and assert_failure are not among OTHERS.
CREATE FUNCTION attempt(statement text, OUT result text) LANGUAGE plpgsql AS $$
BEGIN
    IF statement LIKE 'SELECT %' THEN
        EXECUTE statement INTO result;
    ELSE
        EXECUTE statement;
    END IF;
    result := '00000: ' || coalesce(result, 'NULL');
EXCEPTION WHEN query_canceled OR assert_failure OR OTHERS THEN
    -- one line, and not the whole of a long one
    result := left(SQLSTATE || ': ' || split_part(SQLERRM, E'\n', 1), 130);
END
$$;

-- Fails unless the statement does, by a trap.
CREATE FUNCTION refused(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text := attempt(statement);
BEGIN
    IF result NOT LIKE '38000%' THEN
        RAISE 'not refused: %', result;
    END IF;
    RETURN result;
END
$$;
-- As another role, who has the right to call, and none else.
CREATE ROLE evil_stranger;
GRANT USAGE ON SCHEMA evil TO evil_stranger;
CREATE FUNCTION as_stranger(statement text) RETURNS text SECURITY DEFINER LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE statement INTO result;
    RETURN result;
END
$$;
ALTER FUNCTION as_stranger OWNER TO evil_stranger;
-- One call attacks, another looks for what is left, which fails if there is anything: for the same role, and for another.
CREATE FUNCTION nothing_left(attack text DEFAULT 'SELECT evil(true)', look text DEFAULT 'SELECT evil(false)') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text := attempt(attack);
BEGIN
    EXECUTE look;
    PERFORM attempt(attack), as_stranger(look), attempt(attack);
    EXECUTE look;
    RETURN result;
END
$$;

-- Guests that are a module with a resource r: the SQL functions and aggregates of its methods exist while a query runs.
-- gathered and moved add int; their constructor takes an int, too.
CREATE FUNCTION with_resource(query text, look text DEFAULT 'look(int, int) RETURNS int') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    exports text[];
    result text;
BEGIN
    EXECUTE 'SELECT array_agg(export) FROM wasm.exports(''evil'')' INTO exports;
    IF '[method]r.look' = ANY (exports) THEN
        EXECUTE format('CREATE FUNCTION %s LANGUAGE wasm AS ''evil#r.look''', look);
    ELSE
        CREATE FUNCTION step(wasm.state, int, int) RETURNS wasm.state LANGUAGE wasm PARALLEL SAFE AS 'evil#r.step';
        CREATE FUNCTION finish(wasm.state) RETURNS int LANGUAGE wasm PARALLEL SAFE AS 'evil#r.finish';
        CREATE AGGREGATE gathered(int, int) (SFUNC = step, STYPE = wasm.state, FINALFUNC = finish);
    END IF;
    IF '[method]r.merge' = ANY (exports) THEN
        CREATE FUNCTION merge(wasm.state, wasm.state) RETURNS wasm.state LANGUAGE wasm PARALLEL SAFE AS 'evil#r.merge';
    END IF;
    IF '[method]r.unstep' = ANY (exports) THEN
        CREATE FUNCTION unstep(wasm.state, int, int) RETURNS wasm.state LANGUAGE wasm AS 'evil#r.unstep';
        CREATE AGGREGATE moved(int, int) (SFUNC = step, STYPE = wasm.state, FINALFUNC = finish, MSFUNC = step, MINVFUNC = unstep, MSTYPE = wasm.state, MFINALFUNC = finish);
    END IF;
    EXECUTE query INTO result;
    DROP AGGREGATE IF EXISTS gathered(int, int);
    DROP AGGREGATE IF EXISTS moved(int, int);
    DROP FUNCTION IF EXISTS step, finish, unstep, merge;
    DROP FUNCTION IF EXISTS look;
    RETURN result;
END
$$;
-- Calls look with values of the constructor and of the method that attack: each must find what its constructor left, and
-- traps otherwise. A 2 attacks, and traps.
CREATE FUNCTION look_again() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    FOR i IN 1..3 LOOP
        SELECT sum(look(0, 1) + look(1, 1) + look(0, 0) + look(1, 0)) INTO result FROM generate_series(1, 8);
        PERFORM refused(format('SELECT look(%s, 2)', i % 2)), refused('SELECT look(2, 0)');
        PERFORM look(n % 2, n / 2 % 2) FROM generate_series(1, 16) n;
        PERFORM look(0, n % 2), look(1, n / 2 % 2) FROM generate_series(1, 8) n;
        PERFORM refused('SELECT look(n / 7 % 2, n / 7 * 2) FROM generate_series(1, 7) n');
        PERFORM as_stranger('SELECT sum(look(n / 2 % 2, n % 2)) FROM generate_series(1, 16) n'), as_stranger('SELECT look(1, 1) + look(0, 0)');
    END LOOP;
    RETURN result;
END
$$;
CREATE FUNCTION values_apart() RETURNS text RETURN with_resource('SELECT look_again()');
-- Fails unless a query returns true.
CREATE PROCEDURE expect(query text) LANGUAGE plpgsql AS $$
DECLARE
    result bool;
BEGIN
    EXECUTE query INTO result;
    IF result IS NOT true THEN
        RAISE 'not true: %', query;
    END IF;
END
$$;
-- Compares an aggregate of many groups, in every order of its calls, with PostgreSQL's sum. A -1 attacks, and traps.
CREATE FUNCTION gather_again(rows int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    groups text := format('SELECT gathered(n %% 7, n), n %% 7 + sum(n) FROM generate_series(1, %s) n GROUP BY n %% 7', rows);
    windows text := format('SELECT %%s(3, n) OVER w, 3 + sum(n) OVER w FROM generate_series(1, %s) n WINDOW w AS (ORDER BY n %%s)', rows);
    hashed text;
BEGIN
    CALL expect(format('SELECT gathered(5, n) = 5 + sum(n) AND gathered(6, n + 1) = 6 + sum(n + 1) FROM generate_series(1, %s) n', rows));
    FOREACH hashed IN ARRAY ARRAY['off', 'on'] LOOP
        PERFORM set_config('enable_hashagg', hashed, true), set_config('enable_sort', CASE hashed WHEN 'on' THEN 'off' ELSE 'on' END, true);
        CALL expect(format('SELECT bool_and(a = b) FROM (%s) _ (a, b)', groups));
        PERFORM refused(replace(groups, 'n % 7, n)', format('n %% 7, CASE n WHEN %s THEN -1 ELSE n END)', rows / 2)));
        PERFORM as_stranger(groups);
    END LOOP;
    CALL expect(format('SELECT bool_and(a = b) FROM (%s) _ (a, b)', format(windows, 'gathered', '')));
    CALL expect(format('SELECT bool_and(a = b) FROM (%s) _ (a, b)', format(windows, 'gathered', 'ROWS 2 PRECEDING')));
    IF to_regproc('moved') IS NOT NULL THEN
        CALL expect(format('SELECT bool_and(a = b) FROM (%s) _ (a, b)', format(windows, 'moved', 'ROWS 2 PRECEDING')));
        CALL expect(format('SELECT bool_and(a = b) FROM (%s) _ (a, b)', format(windows, 'moved', 'ROWS 2 PRECEDING EXCLUDE CURRENT ROW')) || ' WHERE b IS NOT NULL');
    END IF;
    DECLARE
        s wasm.state;
        t wasm.state;
        c CURSOR FOR SELECT gathered(4, n) OVER (ORDER BY n) FROM generate_series(1, 20) n;
        found int;
        same bool;
    BEGIN
        OPEN c;
        FOR i IN 1..10 LOOP
            BEGIN
                s := step(s, 1, i);
                t := step(s, 2, 100);
                -- after an error PL/pgSQL evaluates an expression as a query, whose parameters are saved
                IF i = 1 OR to_regproc('merge') IS NOT NULL THEN
                    found := finish(step(s, 3, -1));
                END IF;
            EXCEPTION WHEN external_routine_exception THEN
                NULL;
            END;
            FETCH c INTO found;
            IF finish(s) <> 1 + i * (i + 1) / 2 OR finish(t) <> finish(s) + 100 OR found <> 4 + i * (i + 1) / 2 OR finish(s) <> 1 + i * (i + 1) / 2 THEN
                RAISE '%, %, %, %', i, finish(s), finish(t), found;
            END IF;
            IF to_regproc('merge') IS NOT NULL THEN
                EXECUTE 'SELECT finish(merge($1, $2)) - finish($2) + 1 = finish($1) AND finish($1::text::wasm.state) = finish($1)' INTO STRICT same USING s, t;
                ASSERT same;
            END IF;
        END LOOP;
    END;
    RETURN 'ok';
END
$$;
CREATE FUNCTION states_apart(rows int DEFAULT 200) RETURNS text RETURN with_resource(format('SELECT gather_again(%s)', rows));
-- A flat state of the module evil, with any contents.
CREATE FUNCTION flat_state(resource text, arguments bytea, saved bytea) RETURNS wasm.state LANGUAGE plpgsql AS $$
DECLARE
    rest bytea := substr(step(NULL, 1, 1)::text::bytea, 10, 32) || int4send(length(resource)) || resource::bytea || int4send(length(arguments)) || arguments || saved;
BEGIN
    RETURN '\x01' || encode(substr(sha256(rest), 1, 8) || rest, 'hex');
END
$$;

CREATE PROCEDURE create_guest(wanted text) LANGUAGE plpgsql AS $$
DECLARE
    g guest;
    statement text;
    began timestamptz := clock_timestamp();
BEGIN
    SELECT * INTO g FROM guest WHERE name = wanted;
    statement := format('%s LANGUAGE wasm AS %L', g.declaration, g.body);
    g.result := attempt(statement);
    g.ms := 1000 * extract(epoch FROM clock_timestamp() - began);
    IF g.result LIKE '00000%' THEN
        g.at := 'call';
    ELSE
        g.at := 'CREATE';
        SET LOCAL check_function_bodies = off;
        EXECUTE statement;
        g.unchecked := attempt(g.call);
        DROP FUNCTION evil;
    END IF;
    UPDATE guest SET (result, at, ms, unchecked, good) = (g.result, g.at, g.ms, g.unchecked, good(2)) WHERE name = wanted;
END
$$;
CREATE PROCEDURE call_guest(wanted text) LANGUAGE plpgsql AS $$
DECLARE
    g guest;
    began timestamptz := clock_timestamp();
BEGIN
    SELECT * INTO g FROM guest WHERE name = wanted;
    IF g.at = 'call' THEN
        g.result := attempt(g.call);
        g.ms := 1000 * extract(epoch FROM clock_timestamp() - began);
        UPDATE guest SET (result, ms, good) = (g.result, g.ms, good(2)) WHERE name = wanted;
        DROP FUNCTION evil;
    END IF;
END
$$;

-- types that guests are declared with
CREATE TYPE nothing AS ();
CREATE TYPE arrays AS (a int8[], b int8[]);
CREATE TYPE padded AS (c char(10485760));
CREATE TYPE flagged AS (f text[]);
CREATE DOMAIN small AS int CHECK (VALUE < 10);
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN four AS text CHECK (VALUE = 'evil');
CREATE FUNCTION positive(int) RETURNS int LANGUAGE wasm AS
    '(module (func (export "positive") (param i32) (result i32) (if (i32.le_s (local.get 0) (i32.const 0)) (then unreachable)) (local.get 0)))';
CREATE DOMAIN checked_by_guest AS int CHECK (positive(VALUE) > 0);
CREATE FUNCTION evil_again() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN evil(); END';
CREATE DOMAIN checked_by_evil AS int CHECK (evil_again() > 0);
CREATE DOMAIN slow AS int CHECK (VALUE::text::numeric >= 0);
-- rows within rows, and lists of rows within such
DO $$
BEGIN
    CREATE TYPE deep0 AS (v int);
    CREATE TYPE tree0 AS (v int[]);
    FOR i IN 1..70 LOOP
        EXECUTE format('CREATE TYPE deep%s AS (v deep%s)', i, i - 1);
        EXECUTE format('CREATE TYPE tree%s AS (v tree%s[])', i, i - 1);
    END LOOP;
END
$$;

-- files
INSERT INTO guest (name, expected, does, declaration, call, body)
    SELECT left(file, -4), substr(line[1], 4, 5), substr(line[1], 11), substr(line[2], 4), substr(line[3], 4), body
      FROM (SELECT :'evil' || '/' || name FROM pg_ls_dir(:'evil') name WHERE name !~ '[.]') f (folder),
           pg_ls_dir(folder) file, pg_read_file(folder || '/' || file) body, string_to_array(body, E'\n') line
     WHERE file LIKE '%.wat';

-- and generated: how deep, how long, how many
CREATE FUNCTION function(code text, before text DEFAULT '') RETURNS text
    RETURN '(module ' || before || ' (func $evil (export "evil") (result i32) ' || code || '))';
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
    ('export-64-kb-only', '42P13', '(module (func (export "' || repeat('e', 65536) || '")))'),
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

-- strings that are none, in every way
CREATE FUNCTION data(bytes bytea) RETURNS text RETURN regexp_replace(encode(bytes, 'hex'), '(..)', '\\\1', 'g');
CREATE FUNCTION length_of(bytes bytea) RETURNS text RETURN data(set_byte(set_byte('\x00000000', 0, length(bytes) & 255), 1, length(bytes) >> 8));
INSERT INTO guest (name, expected, does, declaration, call, body)
    SELECT 'utf8-' || name, '39000', 'returns ' || does, 'CREATE FUNCTION evil() RETURNS text', 'SELECT evil()',
           format('(module (memory (export "memory") 1) (data (i32.const 0) "\08\00\00\00%s%s") (func (export "evil") (result i32) (i32.const 0)))', length_of(bytes), data(bytes))
      FROM (VALUES
    ('continuation-alone', 'the middle of a character alone', '\x6180'::bytea),
    ('continuation-first', 'the middle of a character first', '\xbf61'),
    ('continuation-missing', 'a character whose middle is another', '\xe28241'),
    ('continuation-too-many', 'a character with a byte too many', '\xe282ac80'),
    ('cut-3', 'two thirds of a character', '\xe282'),
    ('cut-4', 'three quarters of a character', '\xf09f98'),
    ('overlong-slash', 'a slash in two bytes', '\xc0af'),
    ('overlong-3', 'a slash in three bytes', '\xe080af'),
    ('overlong-4', 'a slash in four bytes', '\xf08080af'),
    ('overlong-quote', 'a quote in two bytes', '\xc0a7'),
    ('surrogate-low', 'the other half of a surrogate pair', '\xedbfbf'),
    ('surrogate-pair', 'both halves of a surrogate pair, as CESU-8 has them', '\xeda0bdedb880'),
    ('five-bytes', 'a character of five bytes', '\xf888808080'),
    ('six-bytes', 'a character of six bytes', '\xfc8480808080'),
    ('beyond-f5', 'a byte that begins no character', '\xf5808080'),
    ('utf-16', 'UTF-16 with its mark', '\xfffe65007600'),
    ('latin-1', 'Latin 1', '\x6576e96c')) v (name, does, bytes);

-- errors of the guest's own: SQLSTATE, message, DETAIL, HINT
CREATE FUNCTION error_guest(state text, message bytea DEFAULT 'evil', detail bytea DEFAULT 'evil') RETURNS text RETURN
    format('(component (core module $m (memory (export "memory") 1000) (data (i32.const 0) "\01")
        (data (i32.const 4) "\40\00\00\00%s\00\01\00\00%s\01\00\00\00\00\02\00\00%s") (data (i32.const 0x40) "%s") (data (i32.const 0x100) "%s") (data (i32.const 0x200) "%s")
        (func (export "evil") (result i32) (i32.const 0))) (core instance $i (instantiate $m))
        (type $error'' (record (field "sqlstate" string) (field "message" string) (field "detail" (option string)) (field "hint" (option string)))) (export $error "error" (type $error''))
        (func (export "evil") (result (result s32 (error $error))) (canon lift (core func $i "evil") (memory (core memory $i "memory")))))',
        length_of(state::bytea), length_of(message), length_of(detail), data(state::bytea), data(message), data(detail));
INSERT INTO guest (name, expected, does, declaration, call, body)
    SELECT name, expected, does, 'CREATE FUNCTION evil() RETURNS int', 'SELECT evil()', body FROM (VALUES
    ('sqlstate-00000', '39001', 'returns the error that all is well', error_guest('00000')),
    ('sqlstate-01000', '39001', 'returns a warning as an error', error_guest('01000')),
    ('sqlstate-02000', '39001', 'returns the error that there are no data', error_guest('02000')),
    ('sqlstate-57014', '57014', 'says that it was canceled, which OTHERS does not catch', error_guest('57014')),
    ('sqlstate-57P01', '57P01', 'says that the session is terminated', error_guest('57P01')),
    ('sqlstate-XX000', 'XX000', 'says that the server has a fault', error_guest('XX000')),
    ('sqlstate-P0004', 'P0004', 'says that an assertion failed, which OTHERS does not catch', error_guest('P0004')),
    ('sqlstate-40001', '40001', 'says that the transaction is worth another try', error_guest('40001')),
    ('sqlstate-none', '38000', 'returns an error without an SQLSTATE', error_guest('')),
    ('sqlstate-short', '39001', 'returns an SQLSTATE of four characters', error_guest('3800')),
    ('sqlstate-long', '39001', 'returns an SQLSTATE of six characters', error_guest('380000')),
    ('sqlstate-lower', '39001', 'returns an SQLSTATE in lower case', error_guest('xx000')),
    ('sqlstate-control', '39001', 'returns an SQLSTATE that would write into a terminal', error_guest(E'\x1b[2J\n')),
    ('error-control', '38000', 'returns a message that would write into a terminal', error_guest('38000', E'evil \\033[2J\\033]0;evil\\007')),
    ('error-other-lines', '38000', 'returns a message with lines that look like others of the log', error_guest('38000', E'evil\\012ERROR:  fake\\012CONTEXT:  fake\\012STATEMENT:  fake', E'fake\\012HINT:  fake')),
    ('error-percent', '38000', 'returns a message with a format in it', error_guest('38000', '%s%s%s%n%m %1$*2$s', '%n%n%n')),
    ('error-nul', '22021', 'returns a message with a NUL in it', error_guest('38000', E'evil\\000evil')),
    ('error-not-utf8', '39000', 'returns a message that is not UTF-8', error_guest('38000', E'evil\\377')),
    ('error-detail-not-utf8', '39000', 'returns a DETAIL that is not UTF-8', error_guest('38000', 'evil', E'evil\\355\\240\\200')),
    ('error-megabytes', '38000', 'returns a message of 50 MB', replace(replace(error_guest('38000'), '(result i32) (i32.const 0)',
        '(result i32) (memory.fill (i32.const 0x1000) (i32.const 97) (i32.const 50000000)) (i32.store (i32.const 12) (i32.const 0x1000)) (i32.store (i32.const 16) (i32.const 50000000)) (i32.const 0)'), '', '')),
    ('error-nowhere', '39000', 'returns a message beyond its memory', replace(error_guest('38000'), '(result i32) (i32.const 0)',
        '(result i32) (i32.store (i32.const 12) (i32.const -16)) (i32.store (i32.const 16) (i32.const 64)) (i32.const 0)')),
    ('error-detail-option', '39000', 'returns a DETAIL that is neither there nor not', replace(error_guest('38000'), '(result i32) (i32.const 0)',
        '(result i32) (i32.store8 (i32.const 20) (i32.const 7)) (i32.const 0)')),
    ('error-neither', '39000', 'returns neither a value nor an error', replace(error_guest('38000'), '(data (i32.const 0) "\01")', '(data (i32.const 0) "\02")')),
    ('error-deep', '38000', 'returns as an error a list within sixty lists, each twice, which all lie in one place', '(component (core module $m (memory (export "memory") 1)
        (data (i32.const 0) "\01\00\00\00\10\00\00\00\02\00\00\00") (data (i32.const 16) "\10\00\00\00\02\00\00\00\10\00\00\00\02\00\00\00")
        (func (export "evil") (result i32) (i32.const 0))) (core instance $i (instantiate $m))
        (func (export "evil") (result (result s32 (error ' || repeat('(list ', 60) || 'u64' || repeat(')', 60) || '))) (canon lift (core func $i "evil") (memory (core memory $i "memory")))))')
    ) v (name, expected, does, body);

-- types, as deep as they may be and deeper
INSERT INTO guest (name, expected, does, declaration, call, body)
    SELECT name, expected, does, declaration, call, body FROM (VALUES
    ('types-deep', '00000', 'takes and returns a row within sixty rows', 'CREATE FUNCTION evil(deep60) RETURNS deep60', format('SELECT evil(x) = x FROM (SELECT %s7%s::deep60 AS x) AS x', repeat('ROW(', 61), repeat(')', 61)),
        '(module (func (export "evil") (param i32) (result i32) (local.get 0)))'),
    ('types-too-deep', '42P13', 'takes and returns a row within seventy rows', 'CREATE FUNCTION evil(deep70) RETURNS deep70', format('SELECT evil(%s7%s::deep70)', repeat('ROW(', 71), repeat(')', 71)),
        '(module (func (export "evil") (param i32) (result i32) (local.get 0)))'),
    ('trees-deep', '54000', 'returns a list of two lists of two lists, thirty deep, which all lie in one place', 'CREATE FUNCTION evil() RETURNS tree29', 'SELECT evil() IS NULL',
        '(module (memory (export "memory") 1) (data (i32.const 16) "\10\00\00\00\02\00\00\00\10\00\00\00\02\00\00\00") (func (export "evil") (result i32) (i32.const 16)))'),
    ('wit-deep', '42P13', 'is a component that returns a list within ten thousand lists', 'CREATE FUNCTION evil() RETURNS int', 'SELECT evil()',
        '(component (core module $m (memory (export "memory") 1) (func (export "evil") (result i32) (i32.const 0))) (core instance $i (instantiate $m))
        (func (export "evil") (result ' || repeat('(list ', 10000) || 'u8' || repeat(')', 10000) || ') (canon lift (core func $i "evil") (memory (core memory $i "memory")))))')
    ) v (name, expected, does, declaration, call, body);

-- a name in C++'s mangling, f(A<int, int>, A<A<int, int>, A<int, int>>, ...): each argument twice as long as the one before
INSERT INTO guest (name, expected, does, declaration, call, body)
    SELECT 'name-bomb', '38000', 'traps in a function whose name is 400 bytes, and 100 GB once it is demangled', 'CREATE FUNCTION evil() RETURNS int', 'SELECT evil()',
        format('(module (func $_Z1f1AIiiE%s (export "evil") (result i32) unreachable))', string_agg(format('S_IS%1$s_S%1$s_E', n), ''))
      FROM regexp_split_to_table('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', '') n;

-- handlers of exceptions, one in the other
INSERT INTO guest (name, expected, does, declaration, call, body)
    SELECT 'handlers-deep', '57014', 'throws through a thousand handlers in one function, for ever', 'CREATE FUNCTION evil() RETURNS int', 'SELECT set_config(''plwasm.fuel'', ''1e11'', true), evil()',
        '(module (tag $tag) (tag $other) (func $throw (throw $tag)) (func (export "evil") (result i32) (loop $again (block $caught (try_table (catch $tag $caught) ' ||
        repeat('(block (try_table (catch $other 0) ', 1000) || '(call $throw)' || repeat('))', 1000) || ')) (br $again)) unreachable))';

-- each method of a resource without end, and with a timeout
INSERT INTO guest (name, expected, does, declaration, call, body)
    SELECT 'loop-in-' || member || suffix, expected, 'loops for ever in ' || member, 'CREATE FUNCTION evil() RETURNS wasm.module', format('SELECT %swith_resource(%L)', setting, query), format('(module (memory (export "memory") 1)
        (func $loop (param $is i32) (if (local.get $is) (then (loop (br 0)))))
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        (func (export "[constructor]r") (param i32) (result i32) (call $loop (i32.const %s)) (i32.const 8))
        (func (export "[method]r.step") (param i32 i32) (call $loop (i32.const %s)))
        (func (export "[method]r.unstep") (param i32 i32) (result i32) (call $loop (i32.const %s)) (i32.const 1))
        (func (export "[method]r.finish") (param i32) (result i32) (call $loop (i32.const %s)) (i32.const 1))
        (func (export "[method]r.save") (param i32) (result i32) (call $loop (i32.const %s)) (i32.const 16))
        (func (export "[method]r.merge") (param i32 i32 i32) (call $loop (i32.const %s))))',
        (member = 'constructor')::int, (member = 'step')::int, (member = 'unstep')::int, (member = 'finish')::int, (member = 'save')::int, (member = 'merge')::int)
      FROM (VALUES
    ('constructor', 'SELECT gathered(1, n) FROM generate_series(1, 3) n'),
    ('step', 'SELECT gathered(n % 3, n) FROM generate_series(1, 9) n GROUP BY n % 3'),
    ('unstep', 'SELECT sum(x) FROM (SELECT moved(1, n) OVER (ORDER BY n ROWS 1 PRECEDING) FROM generate_series(1, 5) n) _ (x)'),
    ('finish', 'SELECT gathered(n % 3, n) FROM generate_series(1, 9) n GROUP BY n % 3'),
    ('save', 'SELECT step(NULL, 1, 1)::text'),
    ('merge', 'SELECT merge(step(NULL, 1, 1), step(NULL, 1, 1)::text::wasm.state)')) m (member, query),
           (VALUES ('', '54000', ''), ('-timeout', '57014', 'set_config(''plwasm.fuel'', ''1e11'', true), ')) v (suffix, expected, setting);

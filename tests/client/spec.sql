-- The specification's tests: tables of what `engine/tests/spec/sql.rs` finds in its scripts, and the functions that
-- create and call it and judge the outcome. spec.sh runs this in the directory of the tables' files, with -v half=0
-- or 1, which chooses half of the scripts.

CREATE SCHEMA spec;
SET search_path = spec;
-- A module without a name must be refused.
CREATE TABLE modules (script text, line int4, name text, body text);
-- `arguments` are elements of the arrays of a call.
CREATE TABLE functions (script text, name text, types text, arguments text, result text, body text);
-- `expected` is the result in its binary form.
CREATE TABLE calls (script text, line int4, function text, expected bytea, sqlstate text,
    i int4[], l int8[], f float4[], d float8[]);
\copy modules FROM modules (FORMAT binary)
\copy functions FROM functions (FORMAT binary)
\copy calls FROM calls (FORMAT binary)
CREATE TABLE failures (script text, line int4, what text);
CREATE INDEX ON modules (script);
CREATE INDEX ON functions (script);
CREATE INDEX ON calls (script, function);
ANALYZE;

-- Returns the SQLSTATE of a statement's error, or NULL. The other parameters are the statement's $1, $2 and $3.
CREATE FUNCTION sqlstate(statement text, script text = NULL, function text = NULL, line int4 = NULL)
RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement USING script, function, line;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;

-- Creates the modules and functions of a script in a schema of its own. Modules that are invalid or have imports are
-- refused.
CREATE PROCEDURE creates(this text) LANGUAGE plpgsql SET search_path = wasm_spec, spec AS $$
DECLARE
    m modules;
    f functions;
    state text;
BEGIN
    CREATE SCHEMA wasm_spec;
    FOR m IN SELECT * FROM modules WHERE script = this ORDER BY line LOOP
        state := sqlstate(format('CREATE FUNCTION %I() RETURNS wasm.module LANGUAGE wasm AS %L',
            coalesce(m.name, 'refused'), m.body));
        IF (state IS NULL) <> (m.name IS NOT NULL) OR state NOT IN ('42P13', '0A000') THEN
            INSERT INTO failures VALUES (this, m.line, format('module %s: %s', m.name, coalesce(state, 'created')));
            DROP FUNCTION IF EXISTS refused;
        END IF;
    END LOOP;
    FOR f IN SELECT * FROM functions WHERE script = this LOOP
        state := sqlstate(format('CREATE FUNCTION %I(%s) RETURNS %s LANGUAGE wasm AS %L',
            f.name, f.types, f.result, f.body));
        IF state IS NOT NULL THEN
            INSERT INTO failures VALUES (this, NULL, format('function %s AS %s: %s', f.name, f.body, state));
        END IF;
    END LOOP;
END $$;

-- Makes the calls of a script. Calls that return are made in one query for each function, or one by one if any of
-- them raises an error; calls that raise errors come afterwards. Every call must begin with the module's pristine
-- state.
CREATE PROCEDURE makes_calls(this text) LANGUAGE plpgsql SET search_path = wasm_spec, spec AS $$
DECLARE
    f record;
    c calls;
    state text;
BEGIN
    FOR f IN SELECT functions.*, format('%I(%s)', name, arguments) AS call FROM functions WHERE script = this LOOP
        state := format('INSERT INTO failures SELECT $1, line, format(''%%s: %%s, should be %%s'', $2, found, expected)
            FROM (SELECT line, expected, %s AS found FROM calls
                WHERE script = $1 AND function = $2 AND expected IS NOT NULL AND line = coalesce($3, line) OFFSET 0) c
            WHERE found IS DISTINCT FROM expected',
            CASE f.result WHEN 'void' THEN format('textsend((%s)::text)', f.call)
                ELSE format('%ssend(%s)', f.result, f.call) END);
        IF sqlstate(state, this, f.name) IS NOT NULL THEN
            FOR c IN SELECT * FROM calls WHERE script = this AND function = f.name AND expected IS NOT NULL LOOP
                INSERT INTO failures SELECT this, c.line, format('%s: %s', f.name, raised)
                    FROM sqlstate(state, this, f.name, c.line) AS raised WHERE raised IS NOT NULL;
            END LOOP;
        END IF;
        FOR c IN SELECT * FROM calls WHERE script = this AND function = f.name AND expected IS NULL LOOP
            state := sqlstate(format('SELECT %s FROM calls WHERE script = $1 AND function = $2 AND line = $3
                AND expected IS NULL', f.call), this, f.name, c.line);
            IF state IS DISTINCT FROM c.sqlstate THEN
                INSERT INTO failures VALUES (this, c.line, format('%s: %s, should be %s', f.name, state, c.sqlstate));
            END IF;
        END LOOP;
    END LOOP;
END $$;

-- Returns one line with the numbers, and one for each of the first failures.
CREATE FUNCTION verdict(this text) RETURNS SETOF text LANGUAGE sql SET search_path = spec AS $$
    SELECT format('%s %s: %s modules, %s calls, %s failed',
        CASE count(*) WHEN 0 THEN 'ok' ELSE 'FAILED' END, this,
        (SELECT count(*) FROM modules WHERE script = this),
        (SELECT count(*) FROM calls WHERE script = this), count(*))
    FROM failures WHERE script = this
    UNION ALL
    (SELECT format('    line %s: %s', line, what) FROM failures WHERE script = this ORDER BY line LIMIT 10)
$$;

-- Each is a separate statement: the procedures commit between creating, calling and dropping.
SELECT format(step, script)
FROM (SELECT script, row_number() OVER (ORDER BY script) AS number FROM (SELECT DISTINCT script FROM modules) m) s,
    unnest('{CALL creates(%L), CALL makes_calls(%L), DROP SCHEMA wasm_spec CASCADE, SELECT verdict(%L)}'::text[])
        WITH ORDINALITY AS steps (step, n)
WHERE number % 2 = :half
ORDER BY script, n
\gexec

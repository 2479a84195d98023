-- source: pgsql-bugs msg36136; pgsql-hackers msg256411 (a domain's check was read once a session)
-- situation: a session has called the function; another one changes the domain's check
-- expected: the next call checks what is true now
-- needs: PGHOST, PGPORT, PGUSER and PGDATABASE in the environment, for a second psql
CREATE DOMAIN worded AS text CHECK (length(VALUE) > 2);
SELECT pg_temp.def('word(text) RETURNS worded', '(func (export "word") (param i32 i32) (result i32) (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))');
CREATE TABLE words (w worded);
CREATE FUNCTION put(v text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN INSERT INTO words VALUES (word(v)); RETURN 'in'; END $$;
PREPARE put_it AS SELECT word($1);
SELECT pg_temp.gives('before', $$SELECT put('test')$$, 'in');
EXECUTE put_it('test') \g /dev/null
\! psql -X -q -c "TRUNCATE r27.words; ALTER DOMAIN r27.worded DROP CONSTRAINT worded_check; ALTER DOMAIN r27.worded ADD CONSTRAINT worded_check CHECK (length(VALUE) > 5)"
SELECT pg_temp.gives('after', $$SELECT put('test')$$, 'ERROR 23514');
SELECT pg_temp.gives('a prepared statement', $$EXECUTE put_it('test')$$, 'ERROR 23514');
SELECT pg_temp.gives('longer', $$SELECT put('longest')$$, 'in');
\! psql -X -q -c "ALTER DOMAIN r27.worded DROP CONSTRAINT worded_check"
SELECT pg_temp.gives('without a check', $$SELECT put('a')$$, 'in');

-- Runs code that misbehaves, and shows that the session survives it. Errors go to stderr and into the table attempts.
CREATE ROLE visitor;
CREATE SCHEMA AUTHORIZATION visitor;
GRANT USAGE ON SCHEMA c, rust TO visitor;
SET SESSION AUTHORIZATION visitor;

CREATE TABLE attempts (
    id        int GENERATED ALWAYS AS IDENTITY,
    code      text,
    expected  text, -- SQLSTATE
    sqlstate  text,
    message   text,
    ms        float8,
    -- the next call, in the same session
    next_call boolean DEFAULT (rust.levenshtein('kitten', 'sitting') = 3 AND c.soundex('Robert') = 'R163'),
    pid       int DEFAULT pg_backend_pid(),
    server    timestamptz DEFAULT pg_postmaster_start_time()
);

\set ECHO all
-- 4. An ordinary role tries code that would do harm. The second time, statement_timeout is 100ms.
\set ECHO none
\set show all
\set code 'loop (result i32) br 0 end'
\set expected 54000
\ir attempt.sql
SET statement_timeout = '100ms';
\set code 'loop (result i32) br 0 end'
\set expected 57014
\ir attempt.sql
RESET statement_timeout;
\set code 'i32.const 1 i32.const 0 i32.div_s'
\set expected 22012
\ir attempt.sql
\set code 'i32.const 65536 i32.load'
\set expected 38000
\ir attempt.sql
\set code 'call $evil'
\set expected 54001
\ir attempt.sql
\set code 'i32.const 65535 memory.grow'
\set expected 00000
\ir attempt.sql

SELECT code, sqlstate, message, round(ms) AS ms
  FROM attempts ORDER BY id;

DO $$
BEGIN
    ASSERT (SELECT count(*) = 6 AND bool_and(sqlstate = expected AND next_call) FROM attempts),
        'an attempt did not end as it should';
    ASSERT (SELECT message LIKE '% -1' FROM attempts WHERE sqlstate = '00000'),
        'memory grew past its limit';
    ASSERT (SELECT bool_and(pid = pg_backend_pid() AND server = pg_postmaster_start_time()) FROM attempts),
        'the session or the server was replaced';
END
$$;
SELECT pg_backend_pid() AS pid, to_char(pg_postmaster_start_time(), 'HH24:MI:SS') AS server \gset
\echo '-- After each attempt, the next call was right. One session, process' :pid', server up since' :server 'UTC'
\echo '-- Try it: make psql. Read on: README.md. These guests and their sources: guest-examples/'

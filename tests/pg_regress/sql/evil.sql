-- Guests that try to hurt the server: tests/evil/*/*.wat, and what guests.sql there generates. A file says in
-- its first lines the SQLSTATE that must come of it (00000 for what must simply work), how it is declared and how it
-- is called. Each must give that SQLSTATE, when it is created or else when it is called; after each a good function
-- must work in the same session; and the postmaster must not have restarted. bench/evil measures the same guests.
\getenv stage PLWASM_STAGE
\set evil :stage '/tests/evil'
CREATE SCHEMA evil;
SET search_path = evil, public;
CREATE TABLE server AS SELECT server_started() AS started, pg_backend_pid() AS backend;
\set ECHO none
\i :evil/guests.sql
\set ECHO all

SET plwasm.fuel = 1e8; -- quicker
-- CREATE warns of what fails before any call (initialize.sql)
SET client_min_messages = error;
-- one statement creates, another calls: so that a timeout is for the call alone
\set ECHO none
SELECT format('CALL create_guest(%L)', name), 'SET statement_timeout = ' || CASE expected WHEN '57014' THEN 300 ELSE 120000 END,
       format('CALL call_guest(%L)', name), 'RESET statement_timeout'
  FROM guest ORDER BY name \gexec
RESET client_min_messages;
\set ECHO all
SELECT name, at, result FROM guest ORDER BY name;
SELECT count(*) AS guests, count(*) FILTER (WHERE at = 'CREATE') AS "refused by CREATE", count(*) FILTER (WHERE expected = '00000') AS harmless FROM guest;
-- all as expected
SELECT name, expected, result FROM guest WHERE left(result, 5) <> expected OR result IS NULL ORDER BY name;
-- a good call after each
SELECT name, good FROM guest WHERE good IS DISTINCT FROM 42 ORDER BY name;
-- what CREATE refuses the call refuses too, in the same words, where CREATE did not look
SELECT name, result, unchecked FROM guest WHERE unchecked <> result ORDER BY name;

-- a guest that says it was canceled is to PL/pgSQL what a function is that raises the same: no more, no less
CREATE FUNCTION evil() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE 'evil' USING ERRCODE = '57014'; END $$;
CREATE FUNCTION caught(OUT handler text) LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        PERFORM evil();
    EXCEPTION WHEN OTHERS THEN
        handler := 'OTHERS';
    END;
EXCEPTION WHEN query_canceled THEN
    handler := 'query_canceled';
END
$$;
SELECT caught();
DROP FUNCTION evil;
DO $$ BEGIN EXECUTE format('CREATE FUNCTION evil() RETURNS int LANGUAGE wasm AS %L', evil.error_guest('57014')); END $$;
SELECT caught();
DROP FUNCTION evil;

-- one session, one server all the while
SELECT started = server_started() AS "same server", backend = pg_backend_pid() AS "same session" FROM server;
SET client_min_messages = error;
DROP SCHEMA evil CASCADE;
DROP ROLE evil_stranger;

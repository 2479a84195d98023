-- Guests that try to hurt the server: tests/evil/*/*.wat, and what guests.sql there generates. A file says in
-- its first lines which SQLSTATE it must end with (00000 if it must work), how it is declared and how it
-- is called. Each must end with that SQLSTATE, when it is created or when it is called. After each a good function
-- must work in the same session; and the postmaster must not have restarted. bench/evil measures the same guests.
\getenv stage PLWASM_STAGE
\set evil :stage '/tests/evil'
CREATE SCHEMA evil;
SET search_path = evil, public;
CREATE TABLE server AS SELECT server_started() AS started, pg_backend_pid() AS backend;
\set ECHO none
\i :evil/guests.sql
\set ECHO all

SET plwasm.fuel = 1e8; -- a lower limit, so that the test is quicker
-- CREATE warns of failures before any call (initialize.sql)
SET client_min_messages = error;
-- one statement creates and another calls, so that a timeout counts for the call alone
\set ECHO none
SELECT format('CALL create_guest(%L)', name), 'SET statement_timeout = ' || CASE expected WHEN '57014' THEN 300 ELSE 120000 END,
       format('CALL call_guest(%L)', name), 'RESET statement_timeout'
  FROM guest ORDER BY name \gexec
RESET client_min_messages;
\set ECHO all
SELECT name, at, result FROM guest ORDER BY name;
SELECT count(*) AS guests, count(*) FILTER (WHERE at = 'CREATE') AS "refused by CREATE", count(*) FILTER (WHERE expected = '00000') AS harmless FROM guest;
-- all guests ended as expected
SELECT name, expected, result FROM guest WHERE left(result, 5) <> expected OR result IS NULL ORDER BY name;
-- the good call after each guest
SELECT name, good FROM guest WHERE good IS DISTINCT FROM 42 ORDER BY name;
-- what CREATE refuses, the call refuses in the same words if CREATE did not check the body
SELECT name, result, unchecked FROM guest WHERE unchecked <> result ORDER BY name;

-- PL/pgSQL treats a guest's SQLSTATE for a cancel exactly as it treats that of any function
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

-- there was one session and one server throughout
SELECT started = server_started() AS "same server", backend = pg_backend_pid() AS "same session" FROM server;
SET client_min_messages = error;
DROP SCHEMA evil CASCADE;
DROP ROLE evil_stranger;

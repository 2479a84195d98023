-- Backtraces: source lines from DWARF, and what plwasm.backtrace chooses.
CREATE SCHEMA backtrace;
SET search_path = backtrace, public;
\getenv guests PLWASM_GUESTS
\set code `base64 -w0 :'guests'/lines/lines.wasm`
CREATE FUNCTION lines() RETURNS wasm.module LANGUAGE wasm AS :'code';
CREATE FUNCTION portion(integer, integer) RETURNS integer LANGUAGE wasm AS 'lines#portion';
CREATE FUNCTION checked(integer) RETURNS integer LANGUAGE wasm AS 'lines#check';
\set code `base64 -w0 :'guests'/lines/stripped.wasm`
CREATE FUNCTION stripped() RETURNS wasm.module LANGUAGE wasm AS :'code';
CREATE FUNCTION stripped(integer, integer) RETURNS integer LANGUAGE wasm AS 'stripped#portion';
SELECT portion(10, 5), checked(4);
\set VERBOSITY default
SHOW plwasm.backtrace;
SELECT portion(1, 0);
SELECT checked(101);
-- without DWARF
SELECT stripped(1, 0);
SET plwasm.backtrace = 'names';
SELECT portion(1, 0);
SET plwasm.backtrace = 'none';
SELECT portion(1, 0);
SELECT checked(101);
SET plwasm.backtrace = 'some';
RESET plwasm.backtrace;
-- It is an ordinary user's, and read at each trap.
CREATE ROLE plwasm_reader;
GRANT USAGE ON SCHEMA backtrace TO plwasm_reader;
SET ROLE plwasm_reader;
CREATE FUNCTION pg_temp.detail(backtrace text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN
  PERFORM set_config('plwasm.backtrace', backtrace, true);
  PERFORM portion(1, 0);
EXCEPTION WHEN division_by_zero THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
  RETURN detail;
END $$;
SELECT backtrace, pg_temp.detail(backtrace) FROM unnest(ARRAY['lines', 'names', 'none', 'lines']) AS backtrace;
DROP FUNCTION pg_temp.detail(text);
RESET ROLE;
REVOKE USAGE ON SCHEMA backtrace FROM plwasm_reader;
DROP ROLE plwasm_reader;
\set VERBOSITY terse
RESET ALL;
SET client_min_messages = warning;
DROP SCHEMA backtrace CASCADE;

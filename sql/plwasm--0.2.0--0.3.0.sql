/* plwasm 0.2.0 to 0.3.0 */

-- complain if script is sourced in psql, rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION plwasm UPDATE TO '0.3.0'" to load this file. \quit

-- names that change

CREATE FUNCTION wasm.follow_names() RETURNS event_trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'plwasm_follow_names';
COMMENT ON FUNCTION wasm.follow_names() IS 'lets the bodies of functions of language wasm follow their module when names change';

CREATE EVENT TRIGGER plwasm_follow_names ON ddl_command_end
    WHEN TAG IN ('ALTER FUNCTION', 'ALTER PROCEDURE', 'ALTER ROUTINE', 'ALTER SCHEMA', 'ALTER EXTENSION')
    EXECUTE FUNCTION wasm.follow_names();
ALTER EVENT TRIGGER plwasm_follow_names ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER plwasm_follow_names IS 'lets the bodies of functions of language wasm follow their module when names change';

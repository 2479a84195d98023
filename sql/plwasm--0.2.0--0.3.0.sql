/* plwasm 0.2.0 to 0.3.0 */

-- complain if script is sourced in psql, rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION plwasm UPDATE TO '0.3.0'" to load this file. \quit

-- Until the library is loaded, PostgreSQL does not know who may change a setting, and lets only superusers store one
-- with a function, a role or a database. These grants name the settings that anyone may change (src/settings.rs). The
-- privileges apply to all databases of the server, so they stay when the extension is dropped from one.
GRANT SET ON PARAMETER
    plwasm.fuel, plwasm.statement_fuel, plwasm.transaction_fuel, plwasm.memory, plwasm.isolation
    TO PUBLIC;
COMMENT ON COLUMN wasm.code_cache.isolation IS 'isolation that the code was compiled for: call or statement; null for a pristine state';
COMMENT ON COLUMN wasm.code_cache.sha256 IS 'SHA-256 of what was compiled: the binary, or the text of a body that is text; for a pristine state, that of its module';
COMMENT ON VIEW wasm.code_cache IS 'compiled WebAssembly code, and pristine states that take long to make, kept on disk for all server processes';

-- names that change

CREATE FUNCTION wasm.follow_names() RETURNS event_trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'plwasm_follow_names';
COMMENT ON FUNCTION wasm.follow_names() IS 'lets the bodies of functions of language wasm follow their module when names change';

CREATE EVENT TRIGGER plwasm_follow_names ON ddl_command_end
    WHEN TAG IN ('ALTER FUNCTION', 'ALTER PROCEDURE', 'ALTER ROUTINE', 'ALTER SCHEMA', 'ALTER EXTENSION')
    EXECUTE FUNCTION wasm.follow_names();
ALTER EVENT TRIGGER plwasm_follow_names ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER plwasm_follow_names IS 'lets the bodies of functions of language wasm follow their module when names change';
COMMENT ON FUNCTION wasm.exports(regproc) IS 'functions that a WebAssembly module exports: type, whether proved stateless, what they change if not, and a CREATE FUNCTION statement derived from WIT metadata or from scalar core types';
COMMENT ON FUNCTION wasm.create_functions(regproc, regnamespace, boolean) IS 'creates SQL functions, and the types they need, for all exports of a WebAssembly module that have WIT metadata, or if none has, that take and return scalars; by default in the module''s schema';

-- states of aggregates

CREATE TYPE wasm.state;
CREATE FUNCTION wasm.state_in(cstring) RETURNS wasm.state
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'state_in_wrapper';
CREATE FUNCTION wasm.state_out(wasm.state) RETURNS cstring
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'state_out_wrapper';
CREATE FUNCTION wasm.state_recv(internal) RETURNS wasm.state
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'state_recv_wrapper';
CREATE FUNCTION wasm.state_send(wasm.state) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'state_send_wrapper';
CREATE TYPE wasm.state (
    INPUT = wasm.state_in, OUTPUT = wasm.state_out, RECEIVE = wasm.state_recv, SEND = wasm.state_send,
    INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE wasm.state IS 'state of an aggregate whose functions are methods of a WebAssembly resource';
COMMENT ON FUNCTION wasm.state_in(cstring) IS 'I/O';
COMMENT ON FUNCTION wasm.state_out(wasm.state) IS 'I/O';
COMMENT ON FUNCTION wasm.state_recv(internal) IS 'I/O';
COMMENT ON FUNCTION wasm.state_send(wasm.state) IS 'I/O';
COMMENT ON FUNCTION wasm.backend_memory_entries() IS 'code, instances and prepared values in this session''s memory, for the view wasm.backend_memory';
COMMENT ON COLUMN wasm.backend_memory.object IS 'code, instance, or prepared value: what a constructor of a prepared function has made';
COMMENT ON COLUMN wasm.backend_memory.memory_limit IS 'bytes that an instance may use; null for others';
COMMENT ON FUNCTION wasm.create_functions(regproc, regnamespace, boolean) IS 'creates SQL functions, aggregates, and the types they need, for all exports of a WebAssembly module that have WIT metadata, or if none has, that take and return scalars; by default in the module''s schema';

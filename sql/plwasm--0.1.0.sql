/* Install script of plwasm 0.1.0 */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION plwasm" to load this file. \quit

CREATE SCHEMA wasm;
COMMENT ON SCHEMA wasm IS 'PL/Wasm: modules, their description and the language''s handlers';
GRANT USAGE ON SCHEMA wasm TO PUBLIC;

-- the language

CREATE FUNCTION wasm.call_handler() RETURNS language_handler
    LANGUAGE c AS 'MODULE_PATHNAME', 'plwasm_call_handler';
COMMENT ON FUNCTION wasm.call_handler() IS 'calls functions of language wasm';

CREATE FUNCTION wasm.inline_handler(internal) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'plwasm_inline_handler';
COMMENT ON FUNCTION wasm.inline_handler(internal) IS 'runs DO LANGUAGE wasm';

CREATE FUNCTION wasm.validator(oid) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'plwasm_validator';
COMMENT ON FUNCTION wasm.validator(oid) IS 'checks functions of language wasm when they are created';

CREATE TRUSTED LANGUAGE wasm
    HANDLER wasm.call_handler
    INLINE wasm.inline_handler
    VALIDATOR wasm.validator;
COMMENT ON LANGUAGE wasm IS 'PL/Wasm trusted procedural language: WebAssembly functions';

-- modules: functions that return this type

CREATE TYPE wasm.module AS (
    kind text,
    size bigint,
    sha256 text,
    exports text[]
);
COMMENT ON TYPE wasm.module IS 'a function that returns this type is a WebAssembly module, and calling it describes it';
COMMENT ON COLUMN wasm.module.kind IS 'module or component';
COMMENT ON COLUMN wasm.module.size IS 'bytes of the binary';
COMMENT ON COLUMN wasm.module.sha256 IS 'SHA-256 of the binary, in hexadecimal';
COMMENT ON COLUMN wasm.module.exports IS 'exported functions with their types';

CREATE FUNCTION wasm.create_module(name text, code bytea, replace boolean DEFAULT false)
    RETURNS regprocedure
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'create_module_wrapper';
COMMENT ON FUNCTION wasm.create_module(text, bytea, boolean) IS 'creates a WebAssembly module from a binary';

CREATE FUNCTION wasm.exports(module regproc, OUT export text, OUT signature text,
                             OUT stateless boolean, OUT changes text, OUT create_function text)
    RETURNS SETOF record
    LANGUAGE c STRICT STABLE PARALLEL SAFE ROWS 20
    AS 'MODULE_PATHNAME', 'exports_wrapper';
COMMENT ON FUNCTION wasm.exports(regproc) IS 'functions that a WebAssembly module exports: type, whether proved stateless, if not what they change, and the CREATE FUNCTION that WIT metadata suggest';

CREATE FUNCTION wasm.create_functions(module regproc, schema regnamespace DEFAULT NULL, dry_run boolean DEFAULT false,
                                      OUT export text, OUT function regprocedure, OUT sql text)
    RETURNS SETOF record
    LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 20 SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'create_functions_wrapper';
COMMENT ON FUNCTION wasm.create_functions(regproc, regnamespace, boolean) IS 'creates SQL functions, and the types they need, for all exports of a WebAssembly module that have WIT metadata; by default in the module''s schema';

CREATE FUNCTION wasm.module_summary(module regproc, OUT kind text, OUT size bigint, OUT sha256 text)
    RETURNS SETOF record
    LANGUAGE c STRICT STABLE PARALLEL SAFE ROWS 1
    AS 'MODULE_PATHNAME', 'module_summary_wrapper';
COMMENT ON FUNCTION wasm.module_summary(regproc) IS 'kind, size and SHA-256 of a WebAssembly module, for the view wasm.modules';

CREATE VIEW wasm.modules AS
    SELECT p.oid::regprocedure AS module,
           n.nspname AS schema,
           p.proname AS name,
           pg_get_userbyid(p.proowner) AS owner,
           s.kind, s.size, s.sha256
      FROM pg_proc p
      JOIN pg_namespace n ON n.oid = p.pronamespace
      LEFT JOIN LATERAL wasm.module_summary(p.oid) s ON true
     WHERE p.prorettype = 'wasm.module'::regtype
       AND p.prolang = (SELECT l.oid FROM pg_language l WHERE l.lanname = 'wasm');
COMMENT ON VIEW wasm.modules IS 'WebAssembly modules of this database; size and hash are null where the body is invalid';
GRANT SELECT ON wasm.modules TO PUBLIC;

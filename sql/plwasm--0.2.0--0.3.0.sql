/* plwasm 0.2.0 to 0.3.0 */

-- complain if script is sourced in psql, rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION plwasm UPDATE TO '0.3.0'" to load this file. \quit

COMMENT ON FUNCTION wasm.exports(regproc) IS 'functions that a WebAssembly module exports: type, whether proved stateless, if not what they change, and the CREATE FUNCTION that WIT metadata suggest, or core types that are scalars';
COMMENT ON FUNCTION wasm.create_functions(regproc, regnamespace, boolean) IS 'creates SQL functions, and the types they need, for all exports of a WebAssembly module that have WIT metadata, or if none has, that take and return scalars; by default in the module''s schema';

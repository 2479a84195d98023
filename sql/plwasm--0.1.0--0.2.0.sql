/* plwasm 0.1.0 to 0.2.0 */

-- complain if script is sourced in psql, rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION plwasm UPDATE TO '0.2.0'" to load this file. \quit

-- the code cache

CREATE FUNCTION wasm.compile(function regproc)
    RETURNS bigint
    LANGUAGE c STRICT VOLATILE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'compile_wrapper';
COMMENT ON FUNCTION wasm.compile(regproc) IS 'compiles a WebAssembly module, or a function, into the code cache; bytes of it there';

CREATE FUNCTION wasm.code_cache_entries(OUT sha256 text, OUT isolation text, OUT size bigint,
                                        OUT last_used timestamptz, OUT is_current boolean, OUT file text)
    RETURNS SETOF record
    LANGUAGE c VOLATILE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'code_cache_wrapper';
COMMENT ON FUNCTION wasm.code_cache_entries() IS 'files of the code cache, for the view wasm.code_cache';
REVOKE ALL ON FUNCTION wasm.code_cache_entries() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wasm.code_cache_entries() TO pg_monitor;

CREATE VIEW wasm.code_cache AS
    SELECT sha256, isolation, size, last_used, is_current, file
      FROM wasm.code_cache_entries();
COMMENT ON VIEW wasm.code_cache IS 'compiled WebAssembly code that is kept on disk for all server processes';
COMMENT ON COLUMN wasm.code_cache.sha256 IS 'SHA-256 of what was compiled: the binary, or the text of a body that is text';
COMMENT ON COLUMN wasm.code_cache.isolation IS 'isolation that it was compiled for: call or statement';
COMMENT ON COLUMN wasm.code_cache.size IS 'bytes of the file';
COMMENT ON COLUMN wasm.code_cache.last_used IS 'when it was last loaded, to a minute';
COMMENT ON COLUMN wasm.code_cache.is_current IS 'whether this version on this machine can use it';
COMMENT ON COLUMN wasm.code_cache.file IS 'name of the file, in the directory plwasm_cache of the data directory';
GRANT SELECT ON wasm.code_cache TO pg_monitor;

CREATE FUNCTION wasm.prune_code_cache(keep bigint DEFAULT NULL)
    RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'prune_code_cache_wrapper';
COMMENT ON FUNCTION wasm.prune_code_cache(bigint) IS 'removes what is of no use from the code cache, and what was used least recently until no more than so many bytes are left, by default plwasm.code_cache_size; bytes removed';
REVOKE ALL ON FUNCTION wasm.prune_code_cache(bigint) FROM PUBLIC;

-- memory

CREATE FUNCTION wasm.backend_memory_entries(OUT object text, OUT sha256 text, OUT isolation text,
                                            OUT memory_limit bigint, OUT bytes bigint)
    RETURNS SETOF record
    LANGUAGE c VOLATILE PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'backend_memory_wrapper';
COMMENT ON FUNCTION wasm.backend_memory_entries() IS 'code and instances in this session''s memory, for the view wasm.backend_memory';

CREATE VIEW wasm.backend_memory AS
    SELECT object, sha256, isolation, memory_limit, bytes
      FROM wasm.backend_memory_entries();
COMMENT ON VIEW wasm.backend_memory IS 'what counts against plwasm.backend_memory in this session';
COMMENT ON COLUMN wasm.backend_memory.object IS 'code or instance';
COMMENT ON COLUMN wasm.backend_memory.sha256 IS 'SHA-256 of what was compiled: the binary, or the text of a body that is text';
COMMENT ON COLUMN wasm.backend_memory.isolation IS 'call or statement';
COMMENT ON COLUMN wasm.backend_memory.memory_limit IS 'bytes that an instance may use; null for code';
COMMENT ON COLUMN wasm.backend_memory.bytes IS 'bytes that it takes now';
GRANT SELECT ON wasm.backend_memory TO PUBLIC;

-- Compiled code: on disk, in wasm.code_cache, for all; in the memory of this session, in wasm.backend_memory.
CREATE FUNCTION cached() RETURNS wasm.module LANGUAGE wasm AS '(module (memory 2)
    (func (export "f") (param i32) (result i32) (i32.store (i32.const 0) (local.get 0)) (i32.load (i32.const 0)))
    (func (export "g") (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0))))';
CREATE FUNCTION f(int) RETURNS int LANGUAGE wasm AS 'cached';
CREATE FUNCTION g(int) RETURNS int LANGUAGE wasm AS 'cached';

-- The name of a module's code is the name of its text or of its binary.
CREATE FUNCTION sha256_of(module regproc) RETURNS text LANGUAGE sql AS
    $$ SELECT encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') FROM pg_proc WHERE oid = module $$;
CREATE VIEW in_memory AS SELECT m.object, p.proname AS module, m.isolation, m.memory_limit, m.bytes > 0 AS bytes
    FROM wasm.backend_memory m JOIN pg_proc p ON sha256_of(p.oid) = m.sha256 ORDER BY 2, 1, 3, 4;

-- CREATE has compiled it; there is an artefact for each isolation that was used
SELECT isolation, is_current, size = wasm.compile('cached') AS size, now() - last_used < '1 hour' AS used,
       file ~ ('^' || sha256 || '\.(call|stmt)\.[0-9a-f]{16}$') AS file
  FROM wasm.code_cache WHERE sha256 = sha256_of('cached');
CREATE FUNCTION kept(int) RETURNS int LANGUAGE wasm AS 'cached#f isolation=statement';
SELECT isolation, size > 1000 AS size FROM wasm.code_cache WHERE sha256 = sha256_of('cached') ORDER BY 1;

-- all of it can be removed
SELECT wasm.prune_code_cache() >= 0 AS pruned, wasm.prune_code_cache(0) > 0 AS pruned;
SELECT count(*) FROM wasm.code_cache;
SELECT wasm.prune_code_cache(0), f(42), kept(42);
SELECT outcome('SELECT wasm.prune_code_cache(-1)');

-- it is compiled when it is needed again, also by a session that has it in memory
SELECT wasm.compile('f') > 1000 AS f, wasm.compile('kept') > 1000 AS kept, wasm.compile(NULL);
\c
SELECT wasm.compile('f') > 1000 AS f, wasm.compile('kept') > 1000 AS kept;
SELECT isolation FROM wasm.code_cache WHERE sha256 = sha256_of('cached') ORDER BY 1;

-- only objects of this language, and only if they can be compiled
SELECT error('SELECT wasm.compile(''now'')');
SELECT error('SELECT wasm.compile(0)');
SET check_function_bodies = off;
CREATE FUNCTION broken() RETURNS wasm.module LANGUAGE wasm AS '(module (func (result i32)))';
CREATE FUNCTION lost(int) RETURNS int LANGUAGE wasm AS 'nowhere';
RESET check_function_bodies;
SELECT error('SELECT wasm.compile(''broken'')');
SELECT error('SELECT wasm.compile(''lost'')');

-- the memory of this session: only code as yet
SELECT * FROM in_memory;
SELECT f(1), kept(1);
SELECT * FROM in_memory;
-- an instance for each limit; an instance that keeps state has ended with its query
SET plwasm.memory = '1MB';
SELECT f(1), f(2);
RESET plwasm.memory;
SELECT * FROM in_memory;
BEGIN;
DECLARE c CURSOR FOR SELECT kept(1);
FETCH c;
SELECT * FROM in_memory WHERE object = 'instance';
COMMIT;
-- an error drops the instance of its call
SELECT error('SELECT g(0)');
SELECT * FROM in_memory;
SELECT f(7);
-- another text is other code, and the old code is gone
SELECT count(*) FROM wasm.backend_memory;
CREATE OR REPLACE FUNCTION cached() RETURNS wasm.module LANGUAGE wasm AS '(module
    (func (export "f") (param i32) (result i32) (i32.const 5))
    (func (export "g") (param i32) (result i32) (i32.const 6)))';
SELECT f(1), g(1);
SELECT object, module, isolation FROM in_memory;
SELECT count(*) FROM wasm.backend_memory;
DROP FUNCTION f, g, kept;
DROP FUNCTION cached;
SELECT count(*) FROM wasm.backend_memory;

-- comments in the catalogs
SELECT attrelid::regclass, attname AS "without comment" FROM pg_attribute
 WHERE attrelid IN ('wasm.code_cache'::regclass, 'wasm.backend_memory'::regclass) AND attnum > 0
   AND col_description(attrelid, attnum) IS NULL;

-- privileges
SELECT object, has_table_privilege('public', object, 'SELECT') AS public, has_table_privilege('pg_monitor', object, 'SELECT') AS pg_monitor,
       has_table_privilege('public', object, 'INSERT, UPDATE, DELETE') AS write
  FROM unnest(ARRAY['wasm.backend_memory', 'wasm.code_cache']) AS object;
SELECT function, has_function_privilege('public', function, 'EXECUTE') AS public, has_function_privilege('pg_monitor', function, 'EXECUTE') AS pg_monitor
  FROM unnest(ARRAY['wasm.backend_memory_entries()', 'wasm.code_cache_entries()', 'wasm.compile(regproc)', 'wasm.prune_code_cache(bigint)']) AS function;

DROP FUNCTION broken, lost, sha256_of CASCADE;

-- Limits: fuel, memory, module size, and who may set them.
CREATE FUNCTION spin() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory 0)
  (table 0 funcref)
  ;; n rounds of a few instructions
  (func (export "spin") (param $n i64) (result i64)
    (loop $again
      (local.set $n (i64.sub (local.get $n) (i64.const 1)))
      (br_if $again (i64.gt_s (local.get $n) (i64.const 0))))
    (local.get $n))
  (func (export "grow") (param $pages i32) (result i32) (memory.grow (local.get $pages)))
  (func (export "grow-table") (param $n i32) (result i32) (table.grow (ref.null func) (local.get $n))))
$$;
CREATE FUNCTION spin(int8) RETURNS int8 LANGUAGE wasm AS 'spin';
CREATE FUNCTION spin_narrow(int8) RETURNS int8 LANGUAGE wasm AS 'spin#spin fuel=1e4';
CREATE FUNCTION spin_wide(int8) RETURNS int8 LANGUAGE wasm AS 'spin#spin fuel=1e15';
CREATE FUNCTION grow(int) RETURNS int LANGUAGE wasm VOLATILE AS 'spin#grow isolation=statement';
CREATE FUNCTION grow_narrow(int) RETURNS int LANGUAGE wasm VOLATILE AS 'spin#grow memory=1MB isolation=statement';
CREATE FUNCTION grow_wide(int) RETURNS int LANGUAGE wasm VOLATILE AS 'spin#grow memory=1000GB isolation=statement';
CREATE FUNCTION grow_table(int) RETURNS int LANGUAGE wasm VOLATILE AS 'spin#grow-table isolation=statement';
CREATE FUNCTION grow_alone(int) RETURNS int LANGUAGE wasm VOLATILE AS 'spin#grow';

-- fuel: the smallest of the key, the user's setting and the ceiling counts
SELECT spin(1000), spin_narrow(1000), spin_wide(1000);
SELECT error('SELECT spin_narrow(100000)');
SELECT spin(100000);
SET plwasm.fuel = 1e5;
SELECT outcome('SELECT spin(1000000)'), outcome('SELECT spin_wide(1000000)'), outcome('SELECT spin_narrow(1000000)');
SET plwasm.fuel = 0; -- as much as the ceiling allows
SELECT outcome('SELECT spin(1000000)'), outcome('SELECT spin_narrow(1000000)');
SET plwasm.max_fuel = 1e5;
SELECT outcome('SELECT spin(1000000)'), outcome('SELECT spin_wide(1000000)');
SET plwasm.fuel = 1e9; -- does not exceed the ceiling
SELECT outcome('SELECT spin(1000000)');
SET plwasm.max_fuel = 0; -- no ceiling
SELECT outcome('SELECT spin(1000000)');
-- a fraction of a unit is still a limit
SET plwasm.fuel = 0.5;
SELECT outcome('SELECT spin(1)') NOT LIKE '%limit of 0' AS "not of 0";
RESET plwasm.fuel;
RESET plwasm.max_fuel;
-- a limit is for a call, not for a statement: each row has the full fuel
SET plwasm.fuel = 1e5;
SELECT count(spin(10000)) FROM generate_series(1, 100);
RESET plwasm.fuel;

-- settings follow PostgreSQL's rules: SET LOCAL, functions, out of range
BEGIN;
SET LOCAL plwasm.fuel = 1e4;
SELECT outcome('SELECT spin(100000)');
COMMIT;
SELECT outcome('SELECT spin(100000)');
ALTER FUNCTION spin(int8) SET plwasm.fuel = 1e4;
SELECT outcome('SELECT spin(100000)'), outcome('SELECT spin_wide(100000)');
ALTER FUNCTION spin(int8) RESET ALL;
SELECT outcome('SELECT spin(100000)');
CREATE FUNCTION thrifty(int8) RETURNS int8 LANGUAGE plpgsql SET plwasm.fuel = 1e4 AS 'BEGIN RETURN spin($1); END';
SELECT outcome('SELECT thrifty(100000)'), outcome('SELECT spin(100000)');
SET plwasm.fuel = -1;
SET plwasm.fuel = 'NaN';
\set VERBOSITY sqlstate
SET plwasm.memory = '1kB';
\set VERBOSITY terse
-- an unknown name
SET plwasm.fule = 1;

-- memory: memory.grow returns -1, and the contents stay
SELECT grow(1), grow(1024), grow(1023);
SELECT grow_table(10), grow_table(100000000), grow_table(10);
-- a limit is for one call, and each call has its own
SELECT grow_alone(1024), grow_alone(1025), grow_alone(1024), grow(1024), grow_alone(1024);
SELECT grow_narrow(16), grow_narrow(1);
SET plwasm.memory = '1MB';
SELECT grow(17), grow(16), grow_wide(17), grow_wide(16);
-- tables and memories count together
SELECT grow(15), grow_table(8192), grow_table(4096);
SET plwasm.memory = '1GB';
SET plwasm.max_memory = '2MB';
SELECT grow(33), grow(32), grow_wide(33);
SELECT grow_narrow(17), grow_narrow(16);
RESET plwasm.memory;
RESET plwasm.max_memory;
-- what an instance needs at its start
CREATE FUNCTION bigs() RETURNS wasm.module LANGUAGE wasm AS '(module (memory 1025) (func (export "big") (result i32) (i32.const 1)))';
CREATE FUNCTION big() RETURNS int LANGUAGE wasm AS 'bigs#big isolation=statement';
CREATE FUNCTION big_alone() RETURNS int LANGUAGE wasm AS 'bigs#big';
CREATE FUNCTION wide() RETURNS int LANGUAGE wasm AS '(module (table 5000000 funcref) (func (export "wide") (result i32) (i32.const 1)))';
SELECT error('SELECT big()');
SELECT error('SELECT wide()');
SET plwasm.memory = '80MB';
SELECT big(), wide();
RESET plwasm.memory;

-- the limit for all instances and code of this backend holds from the next statement on
SET plwasm.memory = '256MB';
SELECT big();
SET plwasm.backend_memory = '64MB';
SELECT substring(outcome('SELECT big()') FROM '^53200: out of memory for WebAssembly: the backend needs') AS refused;
SELECT substring(outcome('SELECT big_alone()') FROM '^53200: out of memory for WebAssembly: the backend needs') AS refused;
SELECT grow(2000);
RESET plwasm.backend_memory;
SELECT big();
SELECT grow(2000);
-- instances without state are dropped to make room, others are not
SET plwasm.backend_memory = '100MB';
CREATE FUNCTION big_too() RETURNS int LANGUAGE wasm AS '(module (memory 1026) (func (export "big_too") (result i32) (i32.const 2)))';
SELECT big_alone(), big_too(), big_alone(), big_too(), big_alone();
SELECT big();
SELECT substring(outcome('SELECT big(), big_too()') FROM '^53200: out of memory for WebAssembly: the backend needs') AS refused;
-- the same for code: more than fits, one module after another
DO $$ BEGIN
    FOR i IN 1..30 LOOP
        EXECUTE format('CREATE FUNCTION code%s() RETURNS int LANGUAGE wasm AS %L', i,
            format('(module (func (export "code%s") (result i32) (i32.const %s) %s))', i, i,
                repeat('(i32.const 3) (i32.rotl) (i32.const 5) (i32.div_u) ', 3000)));
    END LOOP;
END $$;
SET plwasm.backend_memory = '512kB';
SELECT count(*) FROM (SELECT outcome(format('SELECT code%s()', i)) AS o FROM generate_series(1, 30) i) AS o WHERE o ~ '^\d+$';
RESET plwasm.backend_memory;
RESET plwasm.memory;
DO $$ BEGIN FOR i IN 1..30 LOOP EXECUTE format('DROP FUNCTION code%s()', i); END LOOP; END $$;

-- the size of a module: of the binary, or of the text
SET plwasm.max_module_size = '64kB';
SELECT outcome('CREATE FUNCTION z() RETURNS wasm.module LANGUAGE wasm AS ' || quote_literal('(module ' || repeat(' ', 65527) || ')'));
SELECT outcome('CREATE FUNCTION z() RETURNS int LANGUAGE wasm AS ' || quote_literal('(module ' || repeat(' ', 65528) || ')'));
-- a custom section that is 64 kB smaller or larger
SELECT outcome($$SELECT wasm.create_module('section', '\x0061736d0100000000f4ff03' || decode('0161' || repeat('00', 65522), 'hex'))$$);
SELECT outcome($$SELECT wasm.create_module('z2', '\x0061736d0100000000f5ff03' || decode('0161' || repeat('00', 65523), 'hex'))$$);
-- also of a module that was created when its size was allowed
SET plwasm.max_module_size = '1MB';
SELECT outcome('CREATE FUNCTION long() RETURNS int LANGUAGE wasm AS ' || quote_literal('(module (func (export "long") (result i32) (i32.const 1)))' || repeat(' ', 100000)));
SELECT outcome('SELECT long()');
SET plwasm.max_module_size = '64kB';
SELECT outcome('SELECT * FROM section()');
RESET plwasm.max_module_size;
SELECT error('SELECT wasm.create_module(''huge'', decode(repeat(''00'', 33600000), ''hex''))');

-- a heap that is full except for one object: each allocation is a collection, and must not cost as much as the live
-- objects. The number that fits is found by trying; fuel counts the allocations, not the collections
CREATE FUNCTION keeps(objects int, garbage int) RETURNS int LANGUAGE wasm AS $$
(module
  (type $node (struct (field (ref null $node))))
  (func (export "keeps") (param $n i32) (param $garbage i32) (result i32) (local $head (ref null $node))
    (loop $next
      (local.set $head (struct.new $node (local.get $head)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (loop $next
      (drop (struct.new $node (ref.null $node)))
      (br_if $next (i32.ge_s (local.tee $garbage (i32.sub (local.get $garbage) (i32.const 1))) (i32.const 0))))
    (ref.is_null (local.get $head))))
$$;
CREATE FUNCTION fit(OUT objects int) LANGUAGE plpgsql AS $$
DECLARE too_many int := 2000000;
BEGIN
    objects := 1;
    WHILE too_many - objects > 1 LOOP
        BEGIN
            PERFORM keeps((objects + too_many) / 2, 0);
            objects := (objects + too_many) / 2;
        EXCEPTION WHEN out_of_memory THEN
            too_many := (objects + too_many) / 2;
        END;
    END LOOP;
END
$$;
SET plwasm.memory = '16MB';
SET statement_timeout = '20s';
SELECT objects > 100000 AS many, keeps(objects, 10000) FROM fit();
RESET statement_timeout;
RESET plwasm.memory;
DROP FUNCTION keeps, fit;

-- an ordinary role can lower its own limits, and cannot change the ceilings
CREATE ROLE plain;
GRANT USAGE ON SCHEMA public TO plain;
SET ROLE plain;
SET plwasm.max_fuel = 0;
SET plwasm.max_memory = '4GB';
SET plwasm.backend_memory = '4GB';
SET plwasm.max_module_size = '1GB';
SELECT outcome($$ALTER ROLE plain SET plwasm.max_fuel = 0$$);
SELECT outcome($$CREATE FUNCTION pg_temp.z() RETURNS int LANGUAGE wasm SET plwasm.max_fuel = 0 AS '(module (func (export "z") (result i32) (i32.const 1)))'$$);
SELECT outcome($$SELECT set_config('plwasm.max_fuel', '0', false)$$);
SET plwasm.fuel = 1e4;
SELECT outcome('SELECT spin(100000)');
ALTER ROLE plain SET plwasm.fuel = 1e4;
RESET ROLE;
RESET plwasm.fuel;
SELECT outcome('SELECT spin(100000)');
SELECT setconfig FROM pg_db_role_setting WHERE setrole = 'plain'::regrole;

DROP FUNCTION big, big_alone, wide, big_too, long, thrifty;
SET client_min_messages = error;
DROP FUNCTION spin() CASCADE;
DROP FUNCTION z, section, bigs;
DROP OWNED BY plain;
DROP ROLE plain;

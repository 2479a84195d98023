-- With isolation=statement, the state of a guest lives as long as its query is executed, and no longer. A counter shows
-- it. (pure.sql tests functions without isolation=statement, statement.sql what happens during an execution.)
CREATE FUNCTION counter() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory 1)
  (global $n (mut i32) (i32.const 0))
  (func (export "count") (result i32)
    (global.set $n (i32.add (global.get $n) (i32.const 1)))
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
    (if (i32.ne (global.get $n) (i32.load (i32.const 0))) (then unreachable))
    (global.get $n))
  (func (export "trap") unreachable))
$$;
CREATE FUNCTION counted() RETURNS int LANGUAGE wasm VOLATILE AS 'counter#count isolation=statement';
CREATE FUNCTION trap() RETURNS void LANGUAGE wasm AS 'counter#trap isolation=statement';
CREATE FUNCTION counted_alone() RETURNS int LANGUAGE wasm VOLATILE AS 'counter#count';
SELECT counted(), counted(), counted_alone(), counted_alone(), counted();

-- no state across statements: in a transaction or not, prepared, in a cursor
SELECT counted(), counted();
SELECT counted(), counted();
BEGIN;
SELECT counted(), counted();
SELECT counted(), counted();
COMMIT;
PREPARE p AS SELECT counted(), counted();
EXECUTE p;
EXECUTE p;
DEALLOCATE p;

-- an error removes the state of its own query
SELECT counted(), outcome('SELECT trap()'), counted(), counted();
DO $$
DECLARE
    first int := counted();
BEGIN
    BEGIN
        PERFORM trap();
    EXCEPTION WHEN external_routine_exception THEN
    END;
    RAISE WARNING 'after the trap: %', counted();
END $$;
-- no state in the next transaction of one message
DO $$
BEGIN
    PERFORM counted();
    COMMIT;
    RAISE WARNING 'after the commit: %', counted();
    PERFORM counted();
    ROLLBACK;
    RAISE WARNING 'after the rollback: %', counted();
END $$;

-- no state across roles: neither into a SECURITY DEFINER function nor out of it
CREATE ROLE owner;
CREATE FUNCTION counted_definer() RETURNS int LANGUAGE wasm VOLATILE SECURITY DEFINER AS 'counter#count isolation=statement';
ALTER FUNCTION counted_definer() OWNER TO owner;
SELECT counted(), counted_definer(), counted_definer(), counted();

-- another function with other limits has an instance of its own
CREATE FUNCTION counted_small() RETURNS int LANGUAGE wasm VOLATILE AS 'counter#count memory=1MB isolation=statement';
SELECT counted(), counted_small(), counted_small(), counted();

SET client_min_messages = error;
DROP FUNCTION counter CASCADE;
DROP ROLE owner;

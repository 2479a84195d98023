-- Errors: SQLSTATE, message, DETAIL, HINT and CONTEXT.

-- Traps. The backtrace has the names of the name section, which the text's $names become, and offsets in the binary.
CREATE FUNCTION traps() RETURNS wasm.module LANGUAGE wasm AS $$
(module
  (memory 1)
  (type $none (func))
  (table 4 funcref)
  (elem (i32.const 0) $wrong)
  (func $wrong (param i32))
  (func $innermost unreachable)
  (func $inner (call $innermost))
  (func $unreachable (export "unreachable") (call $inner))
  (func $divide (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func $truncate (export "truncate") (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))
  (func $peek (export "peek") (param i32) (result i32) (i32.load (local.get 0)))
  (func $recurse (export "recurse") (param i32) (result i32) (call $recurse (local.get 0)))
  (func $call (export "call") (param i32) (call_indirect (type $none) (local.get 0)))
  (func $loop (export "loop") (loop $again (br $again)))
  (tag $tag)
  (func $throw (export "throw") (throw $tag))
  (func $" \1b[31m\nERROR:  fake\22\e2\80\ae" (export "evil-name") unreachable)
  (func (export "no-name") unreachable))
$$;
CREATE FUNCTION trap() RETURNS void LANGUAGE wasm AS 'traps#unreachable';
CREATE FUNCTION divide(int, int) RETURNS int LANGUAGE wasm AS 'traps';
CREATE FUNCTION truncate(float8) RETURNS int LANGUAGE wasm AS 'traps';
CREATE FUNCTION peek(int) RETURNS int LANGUAGE wasm AS 'traps';
CREATE FUNCTION recurse(int) RETURNS int LANGUAGE wasm AS 'traps';
CREATE FUNCTION call(int) RETURNS void LANGUAGE wasm AS 'traps';
CREATE FUNCTION loop() RETURNS void LANGUAGE wasm AS 'traps fuel=1e6';
CREATE FUNCTION throw() RETURNS void LANGUAGE wasm AS 'traps';
CREATE FUNCTION evil_name() RETURNS void LANGUAGE wasm AS 'traps';
CREATE FUNCTION no_name() RETURNS void LANGUAGE wasm AS 'traps';

SELECT error('SELECT trap()');
SELECT error('SELECT divide(1, 0)');
SELECT error('SELECT divide(-2147483648, -1)');
SELECT error($$SELECT truncate('NaN')$$);
SELECT outcome('SELECT truncate(3e9)'), outcome('SELECT truncate(-2.9)');
SELECT error('SELECT peek(65533)');
SELECT outcome('SELECT peek(-1)');
SELECT error('SELECT call(0)');
SELECT error('SELECT call(1)');
SELECT error('SELECT call(4)');
SELECT error('SELECT loop()');
SELECT error('SELECT throw()');
-- a deep backtrace is shortened
SELECT regexp_count(e, '\n') AS lines, split_part(e, E'\n', 2) AS first FROM error('SELECT recurse(1)') e;
-- a name can neither forge another line of the message nor contain escape sequences of terminals
SELECT error('SELECT evil_name()');
SELECT error('SELECT no_name()');
-- as a client sees them
\set VERBOSITY default
SELECT trap();
DO LANGUAGE plpgsql $$ BEGIN PERFORM divide(1, 0); END $$;
\set VERBOSITY terse

-- CREATE: what was found, what was expected, what to do. The call says the same if CREATE did not check the body.
CREATE TABLE bad (about text, declaration text, call text, body text);
INSERT INTO bad VALUES
    ('imports', 'z() RETURNS int', 'z()', '(module (import "env" "log" (func (param i32))) (import "env" "memory" (memory 1)) (func (export "z") (result i32) (i32.const 1)))'),
    ('WASI', 'z() RETURNS int', 'z()', '(module (import "wasi_snapshot_preview1" "fd_write" (func)) (func (export "z") (result i32) (i32.const 1)))'),
    ('21 imports', 'z() RETURNS int', 'z()', '(module ' || (SELECT string_agg(format('(import "e" "g%s" (global i32))', i), ' ') FROM generate_series(1, 21) i) || ')'),
    ('no export', 'z() RETURNS int', 'z()', '(module)'),
    ('other exports', 'z() RETURNS int', 'z()', '(module (func (export "a")) (func (export "b-c")) (memory (export "z") 1))'),
    ('23 exports', 'z() RETURNS int', 'z()', '(module ' || (SELECT string_agg(format('(func (export "f%s"))', i), ' ') FROM generate_series(1, 23) i) || ')'),
    ('wrong number', 'z(int, int) RETURNS int', 'z(1, 2)', '(module (func (export "z") (param i32) (result i32) (i32.const 1)))'),
    ('wrong type', 'z(float8) RETURNS int8', 'z(1)', '(module (func (export "z") (param i64) (result f64) (f64.const 1)))'),
    ('text as one i32', 'z(text) RETURNS int', 'z(''a'')', '(module (func (export "z") (param i32) (result i32) (i32.const 1)))'),
    ('no result', 'z() RETURNS int', 'z()', '(module (func (export "z")))'),
    ('a result', 'z() RETURNS void', 'z()', '(module (func (export "z") (result i32) (i32.const 1)))'),
    ('two results', 'z() RETURNS text', 'z()', '(module (memory (export "memory") 1) (func (export "z") (result i32 i32) (i32.const 0) (i32.const 0)))'),
    ('v128', 'z(int8) RETURNS int', 'z(1)', '(module (func (export "z") (param v128) (result i32) (i32.const 0)))'),
    ('21 parameters', 'z(int8) RETURNS int', 'z(1)', '(module (func (export "z") (param ' || repeat('f32 ', 21) || ') (result i32) (i32.const 0)))'),
    ('no memory', 'z() RETURNS text', 'z()', '(module (func (export "z") (result i32) (i32.const 0)))'),
    ('memory of another name', 'z() RETURNS text', 'z()', '(module (memory (export "mem") 1) (func (export "z") (result i32) (i32.const 0)))'),
    ('no cabi_realloc', 'z(text) RETURNS int', 'z(''a'')', '(module (memory (export "memory") 1) (func (export "z") (param i32 i32) (result i32) (i32.const 0)))'),
    ('malloc''s cabi_realloc', 'z(text) RETURNS int', 'z(''a'')', '(module (memory (export "memory") 1) (func (export "cabi_realloc") (param i32) (result i32) (i32.const 0)) (func (export "z") (param i32 i32) (result i32) (i32.const 0)))'),
    ('type error', 'z() RETURNS int', 'z()', '(module (func (export "z") (result i32) (i64.const 1)))'),
    ('component', 'z() RETURNS int', 'z()', '(component)'),
    ('no module', 'z() RETURNS int', 'z()', 'nosuch#f'),
    ('unknown key', 'z() RETURNS int', 'z()', 'strings#size speed=1'),
    ('not wasm at all', 'z() RETURNS int', 'z()', 'return 1');

CREATE FUNCTION created_bad() RETURNS TABLE (bad text, error text) LANGUAGE plpgsql AS $$
DECLARE
    b bad;
BEGIN
    FOR b IN TABLE bad LOOP
        RETURN QUERY SELECT b.about, e
            FROM error(format('CREATE FUNCTION %s LANGUAGE wasm AS %L', b.declaration, b.body)) e;
    END LOOP;
END
$$;
CREATE FUNCTION called_bad() RETURNS TABLE (bad text, error text) LANGUAGE plpgsql
    SET check_function_bodies = off AS $$
DECLARE
    b bad;
BEGIN
    FOR b IN TABLE bad LOOP
        EXECUTE format('CREATE FUNCTION %s LANGUAGE wasm AS %L', b.declaration, b.body);
        RETURN QUERY SELECT b.about, e FROM error('SELECT ' || b.call) e;
        DROP FUNCTION z;
    END LOOP;
END
$$;
\pset format unaligned
SELECT * FROM created_bad();
\pset format aligned
-- the same errors at the call, with another CONTEXT
SELECT bad, error FROM called_bad() WHERE error NOT LIKE 'CONTEXT: %'
EXCEPT SELECT bad, error FROM created_bad();
SELECT DISTINCT error FROM called_bad() WHERE error LIKE 'CONTEXT: %' ORDER BY 1;

-- a signature that no module can have is refused whether bodies are checked or not
SET check_function_bodies = off;
SELECT outcome($$CREATE FUNCTION z() RETURNS event_trigger LANGUAGE wasm AS ''$$);
SELECT outcome($$CREATE FUNCTION z(internal) RETURNS int LANGUAGE wasm AS ''$$);
RESET check_function_bodies;

DROP TABLE bad CASCADE;
SET client_min_messages = error;
DROP FUNCTION created_bad, called_bad;
DROP FUNCTION traps CASCADE;

-- Code that runs before any call: the start function, constructors that nothing else runs, _initialize. If it fails,
-- no call can succeed: CREATE FUNCTION warns, and the error of a call says which function failed.
CREATE SCHEMA initialize;
SET search_path = initialize, public;

-- constructed once, by whichever function does it (engine/tests/initialization.rs has more)
CREATE FUNCTION f() RETURNS int LANGUAGE wasm AS '(module (global $n (mut i32) (i32.const 0))
    (func $construct (global.set $n (i32.add (global.get $n) (i32.const 1))))
    (func (export "__wasm_call_ctors") (call $construct))
    (func (export "f") (result i32) (global.get $n)))';
SELECT f(), f();
CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE wasm AS '(module (global $n (mut i32) (i32.const 0))
    (func $ctors (export "__wasm_call_ctors") (global.set $n (i32.add (global.get $n) (i32.const 1))))
    (func (export "_initialize") (call $ctors))
    (func (export "f") (result i32) (global.get $n)))';
SELECT f(), f();

-- a trap in each of them
CREATE FUNCTION broken() RETURNS int LANGUAGE wasm AS '(module
  (func $boom unreachable)
  (func (export "_initialize") (call $boom))
  (func (export "broken") (result i32) (i32.const 1)))';
SELECT broken();
CREATE OR REPLACE FUNCTION broken() RETURNS int LANGUAGE wasm AS '(module
  (func $boom unreachable)
  (func (export "__wasm_call_ctors") (call $boom))
  (func (export "broken") (result i32) (i32.const 1)))';
SELECT broken();
CREATE OR REPLACE FUNCTION broken() RETURNS int LANGUAGE wasm AS '(module
  (func $start (drop (i32.div_u (i32.const 1) (i32.const 0))))
  (start $start)
  (func (export "broken") (result i32) (i32.const 1)))';
SELECT broken();
CREATE OR REPLACE FUNCTION broken() RETURNS int LANGUAGE wasm AS '(module
  (memory 1) (data (i32.const 65535) "xx")
  (func (export "broken") (result i32) (i32.const 1)))';
SELECT broken();
-- with a message of the guest
CREATE OR REPLACE FUNCTION broken() RETURNS int LANGUAGE wasm AS '(module
  (memory (export "memory") 1) (data (i32.const 8) "\10\00\00\00\07\00\00\00no luck")
  (global (export "plwasm_panic_message") i32 (i32.const 8))
  (func (export "_initialize") unreachable)
  (func (export "broken") (result i32) (i32.const 1)))';
SELECT broken();
-- in PL/pgSQL it is an error like any other
DO $$ BEGIN PERFORM broken(); EXCEPTION WHEN external_routine_exception THEN RAISE INFO 'caught: %', SQLERRM; END $$;

-- fuel: the result of the trial at compile time also holds for other limits, as far as it can
CREATE OR REPLACE FUNCTION broken() RETURNS int LANGUAGE wasm AS '(module
  (func (export "_initialize") (loop (br 0)))
  (func (export "broken") (result i32) (i32.const 1)))';
SELECT broken();
SET plwasm.fuel = 1000;
CREATE FUNCTION costly() RETURNS int LANGUAGE wasm AS '(module
  (func $start (local i32)
    (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 1000)))))
  (start $start)
  (func (export "costly") (result i32) (i32.const 1)))';
SELECT costly();
RESET plwasm.fuel;
SELECT costly();
-- the instance exists now, and took more fuel than this call may use
SET plwasm.fuel = 1000;
SELECT costly();
RESET plwasm.fuel;

-- memory: a start function that allocates more than it may
CREATE OR REPLACE FUNCTION broken() RETURNS int LANGUAGE wasm AS '(module (memory 1)
  (func $start (if (i32.eq (i32.const -1) (memory.grow (i32.const 32768))) (then (unreachable))))
  (start $start)
  (func (export "broken") (result i32) (i32.const 1)))';
SELECT broken();
-- garbage-collected objects
CREATE OR REPLACE FUNCTION broken() RETURNS int LANGUAGE wasm AS '(module
  (type $list (struct (field (ref null $list)) (field i64 i64 i64 i64 i64 i64 i64 i64)))
  (global $all (mut (ref null $list)) (ref.null $list))
  (func $start (loop (global.set $all (struct.new $list (global.get $all) (i64.const 0) (i64.const 0) (i64.const 0)
    (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0))) (br 0)))
  (start $start)
  (func (export "broken") (result i32) (i32.const 1)))';
SELECT broken();

-- a module, and its functions
CREATE FUNCTION module() RETURNS wasm.module LANGUAGE wasm AS '(module
  (func (export "_initialize") unreachable)
  (func (export "one") (result i32) (i32.const 1)))';
CREATE FUNCTION one() RETURNS int LANGUAGE wasm AS 'module#one';
SELECT one();
-- no warning if bodies are not checked
SET check_function_bodies = off;
CREATE FUNCTION another() RETURNS int LANGUAGE wasm AS 'module#one';
RESET check_function_bodies;
SELECT another();

-- functions of C++ and Rust have their names from the source
CREATE FUNCTION mangled() RETURNS wasm.module LANGUAGE wasm AS '(module (global $g (mut i32) (i32.const 0))
  (func $_ZN3foo3barEi (global.set $g (i32.const 1)))
  (func (export "put") (call $_ZN3foo3barEi)))';
SELECT export, changes FROM wasm.exports('mangled');

-- what `wasm-tools component wit -w` writes is no module
CREATE FUNCTION package() RETURNS wasm.module LANGUAGE wasm AS '(component
  (type $text (component (type (instance (export "f" (func)))) (export "a:b/text" (instance (type 0)))))
  (export "text" (type $text)))';

SET client_min_messages = error;
DROP SCHEMA initialize CASCADE;

-- Rules of the Component Model itself. All of them are tested in engine/tests/component_model.
CREATE SCHEMA components;
SET search_path = components, public;

-- each component instance numbers its handles
CREATE FUNCTION handles() RETURNS wasm.module LANGUAGE wasm AS $wasm$
(component
  (component $C
    (type $R (resource (rep i32)))
    (core func $new (canon resource.new $R))
    (core func $rep (canon resource.rep $R))
    (core func $drop (canon resource.drop $R))
    (core module $M
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "rep" (func $rep (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
      (func (export "look") (param i32) (result i32) (call $rep (local.get 0)))
      (func (export "drop") (param i32) (call $drop (local.get 0))))
    (core instance $m (instantiate $M (with "" (instance
      (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
    (func (export "make") (param "rep" s32) (result s32) (canon lift (core func $m "make")))
    (func (export "look") (param "handle" s32) (result s32) (canon lift (core func $m "look")))
    (func (export "drop") (param "handle" s32) (canon lift (core func $m "drop"))))
  (instance $a (instantiate $C))
  (instance $b (instantiate $C))
  (export "make-1" (func $a "make"))
  (export "look-1" (func $a "look"))
  (export "drop-1" (func $a "drop"))
  (export "make-2" (func $b "make"))
  (export "look-2" (func $b "look")))
$wasm$;
CREATE FUNCTION make_1(int) RETURNS int LANGUAGE wasm AS 'handles#make-1 isolation=statement';
CREATE FUNCTION look_1(int) RETURNS int LANGUAGE wasm AS 'handles#look-1 isolation=statement';
CREATE FUNCTION drop_1(int) RETURNS void LANGUAGE wasm AS 'handles#drop-1 isolation=statement';
CREATE FUNCTION make_2(int) RETURNS int LANGUAGE wasm AS 'handles#make-2 isolation=statement';
CREATE FUNCTION look_2(int) RETURNS int LANGUAGE wasm AS 'handles#look-2 isolation=statement';
SELECT make_1(10), make_1(20), make_2(30), look_1(2), look_2(1);
SELECT make_1(10), make_1(20), drop_1(1), make_1(30), look_1(1);
-- a handle of one instance means nothing in another, nor in the next statement
SELECT outcome('SELECT make_1(10), make_1(20), make_2(30), look_2(2)');
SELECT outcome('SELECT look_1(1)');
-- without isolation=statement it means nothing in the next call
CREATE FUNCTION make_alone(int) RETURNS int LANGUAGE wasm AS 'handles#make-1';
SELECT make_alone(n) FROM generate_series(1, 3) AS n;

-- a task has a storage of its own, which is empty at first
CREATE FUNCTION tasks() RETURNS wasm.module LANGUAGE wasm AS $wasm$
(component
  (core func $set (canon context.set i32 0))
  (core func $get (canon context.get i32 0))
  (core func $inc (canon backpressure.inc))
  (core func $dec (canon backpressure.dec))
  (core module $M
    (import "" "set" (func $set (param i32)))
    (import "" "get" (func $get (result i32)))
    (import "" "inc" (func $inc))
    (import "" "dec" (func $dec))
    (func (export "f") (param i32) (result i32)
      (if (call $get) (then unreachable))
      (call $set (local.get 0))
      (call $get))
    (func (export "held") (result i32) (call $inc) (call $dec) (i32.const 1))
    (func (export "let-go") (call $dec)))
  (core instance $m (instantiate $M (with "" (instance
    (export "set" (func $set)) (export "get" (func $get))
    (export "inc" (func $inc)) (export "dec" (func $dec))))))
  (func (export "f") (param "x" s32) (result s32) (canon lift (core func $m "f")))
  (func (export "held") (result s32) (canon lift (core func $m "held")))
  (func (export "let-go") (canon lift (core func $m "let-go"))))
$wasm$;
CREATE FUNCTION stored(int) RETURNS int LANGUAGE wasm AS 'tasks#f';
CREATE FUNCTION stored_in_statement(int) RETURNS int LANGUAGE wasm AS 'tasks#f isolation=statement';
CREATE FUNCTION held() RETURNS int LANGUAGE wasm AS 'tasks#held';
CREATE FUNCTION let_go() RETURNS void LANGUAGE wasm AS 'tasks#let-go';
SELECT n, stored(n), stored_in_statement(n) FROM generate_series(42, 44) AS n;
SELECT held(), held();
SELECT outcome('SELECT let_go()');

-- all of a component is validated, also parts that nothing instantiates
SELECT outcome($$CREATE FUNCTION bad() RETURNS wasm.module LANGUAGE wasm AS
    '(component (core module (func i32.add drop)))'$$);
SELECT outcome($$CREATE FUNCTION bad() RETURNS wasm.module LANGUAGE wasm AS
    '(component (component (core module (func i32.add drop))))'$$);
SELECT outcome($$CREATE FUNCTION bad() RETURNS int LANGUAGE wasm AS
    '(component
       (core module $m (func $g) (func (export "f") (result i32) (drop (ref.func $g)) (i32.const 1)))
       (core instance $i (instantiate $m))
       (func (export "f") (result s32) (canon lift (core func $i "f"))))'$$);

-- valid features that are not implemented
SELECT outcome($$CREATE FUNCTION bad() RETURNS void LANGUAGE wasm AS
    '(component
       (type $s (stream u8))
       (core func $new (canon stream.new $s))
       (core module $m
         (import "" "new" (func $new (result i64)))
         (func (export "f") (drop (call $new))))
       (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
       (func (export "f") (canon lift (core func $i "f"))))'$$);
SELECT outcome($$CREATE FUNCTION bad() RETURNS void LANGUAGE wasm AS
    '(component
       (core module $m (func (export "f")))
       (core instance $i (instantiate $m))
       (func (export "f") async (canon lift (core func $i "f"))))'$$);
SELECT outcome($$CREATE FUNCTION bad() RETURNS text LANGUAGE wasm AS
    '(component
       (core module $m (memory (export "memory") 1) (func (export "f") (result i32) (i32.const 0)))
       (core instance $i (instantiate $m))
       (func (export "f") (result string)
         (canon lift (core func $i "f") (memory (core memory $i "memory")) string-encoding=utf16)))'$$);

-- while the server passes values or says that it has read a result, the component must not be left
CREATE FUNCTION leaving() RETURNS wasm.module LANGUAGE wasm AS $wasm$
(component
  (type $R (resource (rep i32)))
  (core func $new (canon resource.new $R))
  (core module $M
    (import "" "new" (func $new (param i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (call $new (i32.const 1)))
    (func (export "takes") (param i32 i32))
    (func (export "text") (result i32) (i32.const 8))
    (func (export "post") (param i32) (drop (call $new (i32.const 1)))))
  (core instance $m (instantiate $M (with "" (instance (export "new" (func $new))))))
  (func (export "takes") (param "x" string) (canon lift (core func $m "takes")
    (memory (core memory $m "memory")) (realloc (core func $m "realloc"))))
  (func (export "text") (result string) (canon lift (core func $m "text")
    (memory (core memory $m "memory")) (post-return (core func $m "post")))))
$wasm$;
CREATE FUNCTION takes(text) RETURNS void LANGUAGE wasm AS 'leaving';
CREATE FUNCTION leaving_text() RETURNS text LANGUAGE wasm AS 'leaving#text';
SELECT outcome($$SELECT takes('x')$$);
SELECT outcome('SELECT leaving_text()');

RESET search_path;
DROP SCHEMA components CASCADE;

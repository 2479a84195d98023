-- source: extism/extism #311; suborbital/reactr #127; WebAssembly/tool-conventions #131; wasmtime #7592
-- situation: modules that set up their globals in a start section, in _initialize, or in __wasm_call_ctors that the host is to call
-- expected: it has run when a function is called
CREATE FUNCTION by_start() RETURNS int LANGUAGE wasm AS '(module (global $g (mut i32) (i32.const 0)) (func $s (global.set $g (i32.const 7))) (start $s) (func (export "by_start") (result i32) (global.get $g)))';
CREATE FUNCTION by_initialize() RETURNS int LANGUAGE wasm AS '(module (global $g (mut i32) (i32.const 0)) (func (export "_initialize") (global.set $g (i32.add (global.get $g) (i32.const 7)))) (func (export "by_initialize") (result i32) (global.get $g)))';
CREATE FUNCTION by_both() RETURNS int LANGUAGE wasm AS '(module (memory (export "memory") 1) (func $s (i32.store (i32.const 64) (i32.const 40))) (start $s) (func (export "_initialize") (i32.store (i32.const 64) (i32.add (i32.const 2) (i32.load (i32.const 64))))) (func (export "by_both") (result i32) (i32.load (i32.const 64))))';
CREATE FUNCTION by_ctors() RETURNS int LANGUAGE wasm AS '(module (global $g (mut i32) (i32.const 0)) (func (export "__wasm_call_ctors") (global.set $g (i32.const 7))) (func (export "by_ctors") (result i32) (global.get $g)))';
CREATE FUNCTION ctors_and_initialize() RETURNS int LANGUAGE wasm AS '(module (global $g (mut i32) (i32.const 0)) (func $c (export "__wasm_call_ctors") (global.set $g (i32.add (global.get $g) (i32.const 7)))) (func (export "_initialize") (call $c)) (func (export "ctors_and_initialize") (result i32) (global.get $g)))';
CREATE FUNCTION in_component() RETURNS int LANGUAGE wasm AS '(component
    (core module $m (global $g (mut i32) (i32.const 0)) (func (export "_initialize") (global.set $g (i32.const 7))) (func (export "f") (result i32) (global.get $g)))
    (core instance $i (instantiate $m))
    (core module $starter (import "" "run" (func $run)) (start $run))
    (core instance (instantiate $starter (with "" (instance (export "run" (func $i "_initialize"))))))
    (func (export "in-component") (result s32) (canon lift (core func $i "f"))))';
SELECT pg_temp.gives(f, format('SELECT %I() || %1$I()::text', f), r) FROM (VALUES ('by_start', '77'), ('by_initialize', '77'), ('by_both', '4242'), ('by_ctors', '77'), ('ctors_and_initialize', '77'), ('in_component', '77')) t (f, r);

-- source: bytecodealliance/wit-bindgen #1112; go-modules #344, #352
-- situation: lists of tuples whose fields leave gaps (s8, s64, s8); results whose error and value have other sizes
-- expected: by the canonical ABI's layout
CREATE TYPE gaps AS (a int2, b int8, c int2);
CREATE TYPE inner_one AS (a int2, b int4);
CREATE TYPE outer_one AS (i inner_one);
CREATE FUNCTION echo(gaps[]) RETURNS gaps[] LANGUAGE wasm AS $$(component
    (core module $m (memory (export "memory") 1) (global $top (mut i32) (i32.const 4096))
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
            (local.set $at (i32.and (i32.const -8) (i32.add (i32.const 7) (global.get $top)))) (global.set $top (i32.add (local.get $at) (local.get 3))) (local.get $at))
        (func (export "echo") (param i32 i32) (result i32) (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))
        (func (export "second") (param i32 i32) (result i64) (i64.load offset=32 (local.get 0)))
        (func (export "third") (param i32 i32) (result i32) (i32.load8_s offset=16 (local.get 0))))
    (core instance $i (instantiate $m))
    (func (export "echo") (param "v" (list (tuple s8 s64 s8))) (result (list (tuple s8 s64 s8))) (canon lift (core func $i "echo") (memory (core memory $i "memory")) (realloc (core func $i "cabi_realloc")))))$$;
SELECT pg_temp.gives('there and back', $$SELECT echo('{"(0,-1,0)","(-128,9223372036854775807,127)"}')::text$$, '{"(0,-1,0)","(-128,9223372036854775807,127)"}');
SELECT pg_temp.gives('s8 is checked', $$SELECT echo('{"(0,-1,0)","(128,0,0)"}')$$, 'ERROR 22003');
-- result<tuple<tuple<u8, s32>>, s32>: err -1 for 0, else ok
CREATE FUNCTION outcome(n int) RETURNS outer_one LANGUAGE wasm AS $$(component
    (core module $m (memory (export "memory") 1)
        (func (export "outcome") (param i32) (result i32)
            (i32.store8 (i32.const 8) (i32.eqz (local.get 0)))
            (i32.store (i32.const 12) (select (i32.const -1) (i32.const 0xffffff2a) (i32.eqz (local.get 0))))
            (i32.store (i32.const 16) (local.get 0)) (i32.const 8)))
    (core instance $i (instantiate $m))
    (func (export "outcome") (param "n" s32) (result (result (tuple (tuple u8 s32)) (error s32))) (canon lift (core func $i "outcome") (memory (core memory $i "memory")))))$$;
SELECT pg_temp.gives('ok', 'SELECT outcome(-5)::text', '("(42,-5)")');
SELECT pg_temp.gives('err', 'SELECT outcome(0)', 'ERROR 38000 WebAssembly function failed with -1');
-- result<u64, tuple<option<u64>>>
CREATE FUNCTION counted(n int) RETURNS numeric LANGUAGE wasm AS $$(component
    (core module $m (memory (export "memory") 1)
        (func (export "counted") (param i32) (result i32)
            (i32.store8 (i32.const 8) (i32.lt_s (local.get 0) (i32.const 0)))
            (if (i32.lt_s (local.get 0) (i32.const 0))
                (then (i32.store8 (i32.const 16) (i32.const 1)) (i64.store (i32.const 24) (i64.const -1)))
                (else (i64.store (i32.const 16) (i64.const -2))))
            (i32.const 8)))
    (core instance $i (instantiate $m))
    (func (export "counted") (param "n" s32) (result (result u64 (error (tuple (option u64))))) (canon lift (core func $i "counted") (memory (core memory $i "memory")))))$$;
SELECT pg_temp.gives('ok, u64', 'SELECT counted(1)', '18446744073709551614');
SELECT pg_temp.gives('err, an option in a tuple', 'SELECT counted(-1)', 'ERROR 38000 WebAssembly function failed with (some(18446744073709551615))');

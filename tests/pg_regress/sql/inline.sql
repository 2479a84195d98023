-- DO LANGUAGE wasm: text with an export "run" that takes and returns nothing.
DO LANGUAGE wasm $$ (module (func (export "run"))) $$;
-- it is executed: this one traps if a sum is wrong
DO LANGUAGE wasm $$
(module (memory 1) (data (i32.const 0) "\01\02\03")
  (func (export "run")
    (if (i32.ne (i32.load (i32.const 0)) (i32.const 0x030201)) (then unreachable))))
$$;
SELECT error('DO LANGUAGE wasm $$ (module (memory 1) (data (i32.const 0) "\01\02\03") (func $check (if (i32.eq (i32.load (i32.const 0)) (i32.const 0x030201)) (then unreachable))) (func (export "run") (call $check))) $$');
SELECT error('DO LANGUAGE wasm $$ (module (func (export "go"))) $$');
SELECT error('DO LANGUAGE wasm $$ (module (func (export "run") (param i32))) $$');
SELECT error('DO LANGUAGE wasm $$ strings#size $$');
SELECT error('DO LANGUAGE wasm $$ (module (import "env" "f" (func)) (func (export "run"))) $$');
SELECT error('DO LANGUAGE wasm $$ (module (func (export "run") (loop $l (br $l)))) $$');
SELECT error('DO LANGUAGE wasm $$ (module (func $start (loop $l (br $l))) (start $start) (func (export "run"))) $$');
SELECT error('DO LANGUAGE wasm $$ (module (memory 60000) (func (export "run"))) $$');
SELECT outcome('DO LANGUAGE wasm ''''');
-- with the limits of the session
SET plwasm.fuel = 10000;
SELECT outcome('DO LANGUAGE wasm $$ (module (func (export "run") (loop $l (br $l)))) $$');
RESET plwasm.fuel;
DO LANGUAGE wasm $$ (module (func (export "run"))) $$;

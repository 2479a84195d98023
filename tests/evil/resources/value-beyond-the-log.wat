;; 00000: changes more blocks than are recorded one by one, over what the constructor has left there
;; CREATE FUNCTION evil() RETURNS wasm.module
;; SELECT values_apart()
(module
  (memory 70)
  (func $sum (result i32) (i32.add (i32.load8_u (i32.const 0x412345)) (i32.add (i32.load8_u (i32.const 5)) (i32.load8_u (i32.const 0x45ffff)))))
  (func $check (param $value i32)
    (if (i32.ne (call $sum) (i32.mul (local.get $value) (i32.const 3))) (then unreachable)))
  (func (export "[constructor]r") (param $value i32) (result i32)
    (call $check (i32.const 0))
    (if (local.get $value) (then
      (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x460000))))
    (if (i32.eq (local.get $value) (i32.const 2)) (then unreachable))
    (local.get $value))
  (func (export "[method]r.look") (param $value i32) (param $attack i32) (result i32)
    (call $check (local.get $value))
    (if (local.get $attack) (then
      (memory.fill (i32.const 0) (i32.const 9) (i32.const 0x460000))))
    (if (i32.eq (local.get $attack) (i32.const 2)) (then unreachable))
    (local.get $attack)))

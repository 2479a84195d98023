;; 00000: keeps something in a 64-bit memory, and grows it
;; CREATE FUNCTION evil() RETURNS wasm.module
;; SELECT values_apart()
(module
  (memory i64 1)
  (func $check (param $value i32)
    (if (i32.ne (i32.load (i64.const 0x3fe)) (local.get $value)) (then unreachable))
    (if (i64.ne (memory.size) (i64.const 1)) (then unreachable)))
  (func (export "[constructor]r") (param $value i32) (result i32)
    (call $check (i32.const 0))
    (if (local.get $value) (then
      (i32.store (i64.const 0x3fe) (local.get $value))))
    (if (i32.eq (local.get $value) (i32.const 2)) (then unreachable))
    (local.get $value))
  (func (export "[method]r.look") (param $value i32) (param $attack i32) (result i32)
    (call $check (local.get $value))
    (if (local.get $attack) (then
      (i64.store (i64.const 0x3fc) (i64.const -1))
      (drop (memory.grow (i64.const 2)))
      (i32.store (i64.const 0x2fffc) (i32.const 9))))
    (if (i32.eq (local.get $attack) (i32.const 2)) (then unreachable))
    (local.get $attack)))

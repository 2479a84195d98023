;; 00000: keeps something in a memory that is not its first one
;; CREATE FUNCTION evil() RETURNS wasm.module
;; SELECT values_apart()
(module
  (memory 1) (memory $other 1)
  (func $check (param $value i32)
    (if (i32.ne (i32.load $other (i32.const 8)) (local.get $value)) (then unreachable))
    (if (i32.load (i32.const 8)) (then unreachable)))
  (func (export "[constructor]r") (param $value i32) (result i32)
    (call $check (i32.const 0))
    (if (local.get $value) (then
      (i32.store $other (i32.const 8) (local.get $value))))
    (if (i32.eq (local.get $value) (i32.const 2)) (then unreachable))
    (local.get $value))
  (func (export "[method]r.look") (param $value i32) (param $attack i32) (result i32)
    (call $check (local.get $value))
    (if (local.get $attack) (then
      (i32.store $other (i32.const 8) (i32.const 9))
      (i32.store (i32.const 8) (i32.const 9))))
    (if (i32.eq (local.get $attack) (i32.const 2)) (then unreachable))
    (local.get $attack)))

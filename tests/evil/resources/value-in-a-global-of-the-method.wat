;; 00000: changes a global only in the method, and memory only in the constructor
;; CREATE FUNCTION evil() RETURNS wasm.module
;; SELECT values_apart()
(module
  (memory 1)
  (global $g (mut i64) (i64.const 5))
  (func $check (param $value i32)
    (if (i64.ne (global.get $g) (i64.const 5)) (then unreachable))
    (if (i32.ne (i32.load (i32.const 0)) (local.get $value)) (then unreachable)))
  (func (export "[constructor]r") (param $value i32) (result i32)
    (call $check (i32.const 0))
    (if (local.get $value) (then
      (i32.store (i32.const 0) (local.get $value))))
    (if (i32.eq (local.get $value) (i32.const 2)) (then unreachable))
    (local.get $value))
  (func (export "[method]r.look") (param $value i32) (param $attack i32) (result i32)
    (call $check (local.get $value))
    (if (local.get $attack) (then
      (global.set $g (i64.const 6))))
    (if (i32.eq (local.get $attack) (i32.const 2)) (then unreachable))
    (local.get $attack)))

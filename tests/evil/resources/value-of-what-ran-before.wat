;; 00000: has a constructor that counts how often it and the method have run
;; CREATE FUNCTION evil() RETURNS wasm.module
;; SELECT values_apart()
(module
  (memory 1) (global $made (mut i32) (i32.const 0))
  (func $check (param $value i32)
    (if (i32.load (i32.const 0)) (then unreachable)))
  (func (export "[constructor]r") (param $value i32) (result i32)
    (call $check (i32.const 0))
    (if (local.get $value) (then
      (global.set $made (i32.add (global.get $made) (i32.const 1)))
      (if (i32.ne (global.get $made) (i32.const 1)) (then unreachable))))
    (if (i32.eq (local.get $value) (i32.const 2)) (then unreachable))
    (local.get $value))
  (func (export "[method]r.look") (param $value i32) (param $attack i32) (result i32)
    (call $check (local.get $value))
    (if (local.get $attack) (then
      (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
      (global.set $made (i32.add (global.get $made) (i32.const 1)))))
    (if (i32.eq (local.get $attack) (i32.const 2)) (then unreachable))
    (local.get $attack)))

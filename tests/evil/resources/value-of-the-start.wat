;; 00000: has a start function that writes what the constructor and the method change
;; CREATE FUNCTION evil() RETURNS wasm.module
;; SELECT values_apart()
(module
  (memory 1) (global $g (mut i32) (i32.const 0))
  (func $start (i32.store (i32.const 1020) (i32.const 5)) (i32.store (i32.const 3000) (i32.const 5)) (global.set $g (i32.const 5)))
  (start $start)
  (func $check (param $value i32)
    (if (i32.ne (i32.load (i32.const 1020)) (i32.add (i32.const 5) (local.get $value))) (then unreachable))
    (if (i32.or (i32.ne (i32.load (i32.const 3000)) (i32.const 5)) (i32.ne (global.get $g) (i32.const 5))) (then unreachable)))
  (func (export "[constructor]r") (param $value i32) (result i32)
    (call $check (i32.const 0))
    (if (local.get $value) (then
      (i32.store (i32.const 1020) (i32.add (i32.const 5) (local.get $value)))))
    (if (i32.eq (local.get $value) (i32.const 2)) (then unreachable))
    (local.get $value))
  (func (export "[method]r.look") (param $value i32) (param $attack i32) (result i32)
    (call $check (local.get $value))
    (if (local.get $attack) (then
      (i32.store (i32.const 1020) (i32.const 0))
      (i32.store (i32.const 3000) (i32.const 0))
      (global.set $g (i32.const 0))))
    (if (i32.eq (local.get $attack) (i32.const 2)) (then unreachable))
    (local.get $attack)))

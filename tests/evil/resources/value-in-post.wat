;; 00000: leaves something after its result has been read
;; CREATE FUNCTION evil() RETURNS wasm.module
;; SELECT values_apart()
(module
  (memory 1) (global $g (mut i32) (i32.const 0))
  (func $check (param $value i32)
    (if (i32.or (global.get $g) (i32.load (i32.const 2044))) (then unreachable)))
  (func (export "[constructor]r") (param $value i32) (result i32)
    (call $check (i32.const 0))
    (if (local.get $value) (then
      nop))
    (if (i32.eq (local.get $value) (i32.const 2)) (then unreachable))
    (local.get $value))
  (func (export "[method]r.look") (param $value i32) (param $attack i32) (result i32)
    (call $check (local.get $value))
    (if (local.get $attack) (then
      nop))
    (if (i32.eq (local.get $attack) (i32.const 2)) (then unreachable))
    (local.get $attack))
  (func (export "cabi_post_[method]r.look") (param i32)
    (global.set $g (i32.const 1))
    (i64.store (i32.const 2044) (i64.const -1)))
  (func (export "cabi_post_[constructor]r") (param i32) nop))

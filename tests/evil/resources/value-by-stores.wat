;; 00000: stores across the borders of blocks, in the constructor and in the method
;; CREATE FUNCTION evil() RETURNS wasm.module
;; SELECT values_apart()
(module
  (memory 1)
  (func $sum (result i32) (local $at i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $at))))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.shl (memory.size) (i32.const 16)))))
    (local.get $sum))
  (func $check (param $value i32)
    (if (i32.ne (call $sum) (i32.mul (local.get $value) (i32.const 408))) (then unreachable)))
  (func (export "[constructor]r") (param $value i32) (result i32)
    (call $check (i32.const 0))
    (if (local.get $value) (then
      (i64.store (i32.const 0x3fc) (i64.const 0x1111111111111111))
      (i64.store (i32.const 0x7f9) (i64.const 0x1111111111111111))
      (i64.store (i32.const 0xfff8) (i64.const 0x1111111111111111))))
    (if (i32.eq (local.get $value) (i32.const 2)) (then unreachable))
    (local.get $value))
  (func (export "[method]r.look") (param $value i32) (param $attack i32) (result i32)
    (call $check (local.get $value))
    (if (local.get $attack) (then
      (i64.store (i32.const 0x3f8) (i64.const -1))
      (i64.store (i32.const 0x400) (i64.const -1))
      (v128.store (i32.const 0x7f1) (v128.const i64x2 -1 -1))
      (i64.store (i32.const 0xbff) (i64.const -1))
      (i32.store16 (i32.const 0x13ff) (i32.const -1))
      (i64.store (i32.const 0xfff8) (i64.const -1))))
    (if (i32.eq (local.get $attack) (i32.const 2)) (then unreachable))
    (local.get $attack)))

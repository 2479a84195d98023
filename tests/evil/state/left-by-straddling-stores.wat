;; 00000: stores of every width across the border of two blocks, and in vector lanes
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (memory 1)
  (func $evil (export "evil") (param i32) (result i32) (local $at i32)
    (if (local.get 0) (then
      (i32.store16 (i32.const 0x3ff) (i32.const -1))
      (i32.store (i32.const 0x7fd) (i32.const -1))
      (i64.store (i32.const 0xbf9) (i64.const -1))
      (i64.store16 (i32.const 0xfff) (i64.const -1))
      (i64.store32 (i32.const 0x13fd) (i64.const -1))
      (f32.store (i32.const 0x17fd) (f32.const -1))
      (f64.store (i32.const 0x1bf9) (f64.const -1))
      (v128.store (i32.const 0x1ff1) (v128.const i64x2 -1 -1))
      (v128.store8_lane 15 (i32.const 0x2400) (v128.const i64x2 -1 -1))
      (v128.store16_lane 7 (i32.const 0x27ff) (v128.const i64x2 -1 -1))
      (v128.store32_lane 3 (i32.const 0x2bfd) (v128.const i64x2 -1 -1))
      (v128.store64_lane 1 (i32.const 0x2ff9) (v128.const i64x2 -1 -1))
      (v128.store offset=0x3000 (i32.const 0x3f1) (v128.const i64x2 -1 -1))
      (return (i32.const 1))))
    (loop $next
      (if (i32.load8_u (local.get $at)) (then unreachable))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 65536))))
    (i32.const 0)))

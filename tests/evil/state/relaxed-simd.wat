;; 00000: uses the vector instructions whose results the specification leaves open
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1)
  (func $evil (export "evil") (result i32) (local $nan v128)
    (local.set $nan (f32x4.splat (f32.const nan:0x1234)))
    (v128.store (i32.const 0) (f32x4.relaxed_madd (local.get $nan) (local.get $nan) (local.get $nan)))
    (v128.store (i32.const 16) (f32x4.relaxed_min (local.get $nan) (f32x4.splat (f32.const 1))))
    (v128.store (i32.const 32) (i32x4.relaxed_trunc_f32x4_s (local.get $nan)))
    (v128.store (i32.const 48) (i8x16.relaxed_swizzle (v128.const i64x2 -1 -1) (v128.const i64x2 0x8080808010101010 0)))
    (v128.store (i32.const 64) (i16x8.relaxed_dot_i8x16_i7x16_s (v128.const i64x2 -1 -1) (v128.const i64x2 -1 -1)))
    (i32.add (i32.add
      (i32.eq (i32.load (i32.const 0)) (i32.const 0x7fc00000))
      (i32.eq (i32.load (i32.const 16)) (i32.const 0x7fc00000)))
      (i32.eqz (i32.load (i32.const 32))))))

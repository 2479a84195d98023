;; 00000: leaves something in globals of every type of number
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (global $i (mut i32) (i32.const 0))
  (global $l (mut i64) (i64.const 0))
  (global $f (mut f32) (f32.const 0))
  (global $d (mut f64) (f64.const 0))
  (global $v (mut v128) (v128.const i64x2 0 0))
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then
      (global.set $i (i32.const 1))
      (global.set $l (i64.const 1))
      (global.set $f (f32.const 1))
      (global.set $d (f64.const 1))
      (global.set $v (v128.const i64x2 1 1))
      (return (i32.const 1))))
    (if (i32.or (i32.or (global.get $i) (i64.ne (global.get $l) (i64.const 0)))
        (i32.or (i32.or (f32.ne (global.get $f) (f32.const 0)) (f64.ne (global.get $d) (f64.const 0)))
          (v128.any_true (global.get $v))))
      (then unreachable))
    (i32.const 0)))

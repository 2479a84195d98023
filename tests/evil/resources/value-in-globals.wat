;; 00000: changes globals of all number types
;; CREATE FUNCTION evil() RETURNS wasm.module
;; SELECT values_apart()
(module
  (global $a (mut i32) (i32.const 0)) (global $b (mut i64) (i64.const 0)) (global $c (mut f32) (f32.const 0)) (global $d (mut f64) (f64.const 0))
  (global $e (mut v128) (v128.const i64x2 0 0)) (global $f (export "f") (mut i32) (i32.const 0))
  (func $check (param $value i32)
    (if (i32.ne (global.get $a) (local.get $value)) (then unreachable))
    (if (i64.ne (global.get $b) (i64.extend_i32_u (local.get $value))) (then unreachable))
    (if (f32.ne (global.get $c) (f32.convert_i32_u (local.get $value))) (then unreachable))
    (if (f64.ne (global.get $d) (f64.convert_i32_u (local.get $value))) (then unreachable))
    (if (i32.ne (i32x4.extract_lane 3 (global.get $e)) (local.get $value)) (then unreachable))
    (if (i32.ne (global.get $f) (local.get $value)) (then unreachable)))
  (func (export "[constructor]r") (param $value i32) (result i32)
    (call $check (i32.const 0))
    (if (local.get $value) (then
      (global.set $a (local.get $value)) (global.set $b (i64.extend_i32_u (local.get $value))) (global.set $c (f32.convert_i32_u (local.get $value)))
      (global.set $d (f64.convert_i32_u (local.get $value))) (global.set $e (i32x4.splat (local.get $value))) (global.set $f (local.get $value))))
    (if (i32.eq (local.get $value) (i32.const 2)) (then unreachable))
    (local.get $value))
  (func (export "[method]r.look") (param $value i32) (param $attack i32) (result i32)
    (call $check (local.get $value))
    (if (local.get $attack) (then
      (global.set $a (i32.const 9)) (global.set $b (i64.const 9)) (global.set $c (f32.const nan)) (global.set $d (f64.const nan))
      (global.set $e (i32x4.splat (i32.const 9))) (global.set $f (i32.const 9))))
    (if (i32.eq (local.get $attack) (i32.const 2)) (then unreachable))
    (local.get $attack)))

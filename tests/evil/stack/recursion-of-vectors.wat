;; 54001: calls itself for ever with sixteen vectors that live across the call
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $deep (param v128 v128 v128 v128 v128 v128 v128 v128) (result v128)
    (v128.xor (v128.xor (v128.xor (local.get 0) (local.get 1)) (v128.xor (local.get 2) (local.get 3)))
      (v128.xor (v128.xor (local.get 4) (local.get 5)) (v128.xor (local.get 6)
        (v128.xor (local.get 7) (call $deep
          (i8x16.add (local.get 0) (local.get 7)) (local.get 2) (local.get 3) (local.get 4)
          (local.get 5) (local.get 6) (local.get 7) (local.get 0)))))))
  (func $evil (export "evil") (result i32)
    (i32x4.extract_lane 0 (call $deep
      (v128.const i64x2 1 1) (v128.const i64x2 2 2) (v128.const i64x2 3 3) (v128.const i64x2 4 4)
      (v128.const i64x2 5 5) (v128.const i64x2 6 6) (v128.const i64x2 7 7) (v128.const i64x2 8 8)))))

;; 38000: stores at the highest address with the highest offset
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1)
  (func $evil (export "evil") (result i32)
    (v128.store offset=0xffffffff (i32.const -1) (v128.const i64x2 -1 -1))
    (i32.const 0)))

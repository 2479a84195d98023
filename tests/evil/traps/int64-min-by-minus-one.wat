;; 22003: the same in 64 bits
;; CREATE FUNCTION evil(int8) RETURNS int8
;; SELECT evil(-1)
(module
  (func $evil (export "evil") (param i64) (result i64)
    (i64.div_s (i64.const 0x8000000000000000) (local.get 0))))

;; 38000: reads at a 64-bit address
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory i64 1)
  (func $evil (export "evil") (result i32)
    (i32.load (i64.const 0xffffffffffffff00))))

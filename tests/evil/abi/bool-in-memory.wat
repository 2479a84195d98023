;; 00000: returns a bool that is neither false nor true, which by the specification is true
;; CREATE FUNCTION evil(int) RETURNS bool
;; SELECT evil(1)
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "\01\02")
  (func $evil (export "evil") (param i32 i32) (result i32)
    (i32.const 0)))

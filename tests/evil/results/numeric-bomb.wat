;; 22003: returns a number of 200,000 digits before its point
;; CREATE FUNCTION evil() RETURNS numeric
;; SELECT evil()
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\00\00\00\08\00\00\001e200000")
  (func $evil (export "evil") (result i32) (i32.const 0)))

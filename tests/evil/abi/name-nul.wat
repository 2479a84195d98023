;; 22021: returns a name with a NUL in it
;; CREATE FUNCTION evil() RETURNS name
;; SELECT evil()
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\00\00\00\03\00\00\00a\00b")
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

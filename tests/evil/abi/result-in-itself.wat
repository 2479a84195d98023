;; 00000: returns a list that lies within its own elements
;; CREATE FUNCTION evil() RETURNS bytea[]
;; SELECT evil()
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "\00\00\00\00\02\00\00\00\08\00\00\00\04\00\00\00")
  (func $evil (export "evil") (result i32) (i32.const 0)))

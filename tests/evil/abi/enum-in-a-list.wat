;; 39000: returns a list of labels of which the last is none
;; CREATE FUNCTION evil() RETURNS mood[]
;; SELECT evil()
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\00\00\00\03\00\00\00\00\01\ff")
  (func $evil (export "evil") (result i32) (i32.const 0)))

;; 39000: returns half a surrogate pair
;; CREATE FUNCTION evil() RETURNS text
;; SELECT evil()
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\00\00\00\03\00\00\00\ed\a0\80")
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

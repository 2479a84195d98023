;; 39000: returns half a character
;; CREATE FUNCTION evil() RETURNS text
;; SELECT evil()
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\00\00\00\02\00\00\00\61\c3")
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

;; 39000: returns text in a memory that it does not have
;; CREATE FUNCTION evil() RETURNS text
;; SELECT evil()
(module
  (memory (export "memory") 0)
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

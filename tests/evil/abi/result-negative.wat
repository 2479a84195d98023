;; 39000: returns a negative pointer
;; CREATE FUNCTION evil() RETURNS text
;; SELECT evil()
(module
  (memory (export "memory") 1)
  (func $evil (export "evil") (result i32)
    (i32.const -8)))

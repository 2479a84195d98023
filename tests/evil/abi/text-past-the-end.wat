;; 39000: returns text that begins past its memory
;; CREATE FUNCTION evil() RETURNS text
;; SELECT evil()
(module
  (memory (export "memory") 1)
  (func $evil (export "evil") (result i32)
    (i32.store (i32.const 0) (i32.const 65537))
    (i32.store (i32.const 4) (i32.const 1))
    (i32.const 0)))

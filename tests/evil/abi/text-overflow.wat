;; 39000: returns text whose end needs 33 bits
;; CREATE FUNCTION evil() RETURNS text
;; SELECT evil()
(module
  (memory (export "memory") 1)
  (func $evil (export "evil") (result i32)
    (i32.store (i32.const 0) (i32.const -16))
    (i32.store (i32.const 4) (i32.const 32))
    (i32.const 0)))

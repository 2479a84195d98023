;; 39000: returns 4 GB of text
;; CREATE FUNCTION evil() RETURNS text
;; SELECT evil()
(module
  (memory (export "memory") 1)
  (func $evil (export "evil") (result i32)
    (i32.store (i32.const 0) (i32.const 0))
    (i32.store (i32.const 4) (i32.const 0xffffffff))
    (i32.const 0)))

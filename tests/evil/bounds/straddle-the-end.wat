;; 38000: stores 8 bytes of which 7 are in its memory, which must be as it was
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1 1)
  (func $evil (export "evil") (result i32)
    (i64.store (i32.const 65529) (i64.const -1))
    (i32.const 0)))

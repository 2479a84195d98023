;; 38000: writes 4 GB behind the start of its memory
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1)
  (func $evil (export "evil") (result i32)
    (i32.store (i32.const -4) (i32.const 42))
    (i32.const 0)))

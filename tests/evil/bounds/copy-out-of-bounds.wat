;; 38000: copies from beyond its memory
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1)
  (func $evil (export "evil") (result i32)
    (memory.copy (i32.const 0) (i32.const 65000) (i32.const 1000))
    (i32.const 0)))

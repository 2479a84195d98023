;; 42P13: copies into the memory behind its last one
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1)
  (func $evil (export "evil") (result i32)
    (memory.copy 1 0 (i32.const 0) (i32.const 0) (i32.const 64))
    (i32.const 0)))

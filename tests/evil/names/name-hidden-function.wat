;; 42P13: calls the function behind its last one
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1)
  (func $evil (export "evil") (result i32)
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 8))
    (call 1 (i32.const 0) (i32.const 0))
    (i32.const 0)))

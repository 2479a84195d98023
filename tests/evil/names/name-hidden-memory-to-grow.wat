;; 42P13: grows the memory behind its last one
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1)
  (func $evil (export "evil") (result i32) (memory.grow 1 (i32.const 1))))

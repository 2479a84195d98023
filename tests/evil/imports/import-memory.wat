;; 0A000: imports a memory
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (import "env" "memory" (memory 1))
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

;; 0A000: imports a variable
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (import "env" "errno" (global (mut i32)))
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

;; 0A000: imports a table
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (import "env" "table" (table 1 funcref))
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

;; 42P13: starts with the function behind its last one
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1)
  (start 1)
  (func $evil (export "evil") (result i32) (i32.const 0)))

;; 42P13: returns two values
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $evil (export "evil") (result i32 i32)
    (i32.const 0) (i32.const 0)))

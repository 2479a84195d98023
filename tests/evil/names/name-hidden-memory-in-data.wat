;; 42P13: has data for the memory behind its last one
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1)
  (data (memory 1) (i32.const 0) "evil")
  (func $evil (export "evil") (result i32) (i32.const 0)))

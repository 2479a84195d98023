;; 42P13: exports the memory behind its last one
;; CREATE FUNCTION evil() RETURNS text
;; SELECT evil()
(module
  (memory 1)
  (export "memory" (memory 1))
  (func $evil (export "evil") (result i32) (i32.const 0)))

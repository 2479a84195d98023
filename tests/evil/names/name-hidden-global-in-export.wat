;; 42P13: exports the global behind its last one
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (global $g (mut i32) (i32.const 0))
  (export "g" (global 1))
  (func $evil (export "evil") (result i32) (global.set $g (i32.const 1)) (i32.const 0)))

;; 42P13: sets the global behind its last one
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (global $g (mut i32) (i32.const 0))
  (func $evil (export "evil") (result i32)
    (global.set $g (i32.const 1))
    (global.set 1 (i32.const 1))
    (i32.const 0)))

;; 0A000: imports what it exports
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (import "" "evil" (func $other (result i32)))
  (func $evil (export "evil") (result i32) (call $other)))

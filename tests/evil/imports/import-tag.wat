;; 0A000: imports a tag
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (import "env" "tag" (tag))
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

;; 0A000: imports a name that would write into a terminal or a log
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (import "env\1b]0;" "\0aERROR:  fake" (func))
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

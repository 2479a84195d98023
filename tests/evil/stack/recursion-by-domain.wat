;; 54001: is called by the domain that its result is checked for, which calls it, for ever
;; CREATE FUNCTION evil() RETURNS checked_by_evil
;; SELECT evil()
(module
  (func $evil (export "evil") (result i32) (i32.const 1)))

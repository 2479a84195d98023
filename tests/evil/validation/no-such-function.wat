;; 42P13: calls a function that it does not have
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $evil (export "evil") (result i32)
    (call 7)))

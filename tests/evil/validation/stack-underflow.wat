;; 42P13: takes from an empty stack
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $evil (export "evil") (result i32)
    i32.add))

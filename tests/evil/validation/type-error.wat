;; 42P13: returns a float as an integer
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $evil (export "evil") (result i32)
    (f64.const 0)))

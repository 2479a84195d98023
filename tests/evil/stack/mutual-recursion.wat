;; 54001: two functions that call each other, through a table
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (table 1 funcref)
  (elem (i32.const 0) $other)
  (func $other (result i32) (i32.add (call $evil) (i32.const 1)))
  (func $evil (export "evil") (result i32)
    (call_indirect (result i32) (i32.const 0))
    (i32.add (i32.const 1))))

;; 38000: calls an element of another type
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (table 1 funcref)
  (elem (i32.const 0) $other)
  (func $other (param i64))
  (func $evil (export "evil") (result i32)
    (call_indirect (result i32) (i32.const 0))))

;; 38000: calls an element beyond its table
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (table 1 funcref)
  (func $evil (export "evil") (result i32)
    (call_indirect (result i32) (i32.const 7))))

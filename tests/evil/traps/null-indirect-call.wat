;; 38000: calls an element of its table that is null
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $f (func (result i32)))
  (table 3 funcref)
  (func $evil (export "evil") (result i32) (call_indirect (type $f) (i32.const 1))))

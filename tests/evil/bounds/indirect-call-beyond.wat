;; 38000: calls beyond its table, which is empty
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $f (func (result i32)))
  (table 0 funcref)
  (func $evil (export "evil") (result i32) (call_indirect (type $f) (i32.const -1))))

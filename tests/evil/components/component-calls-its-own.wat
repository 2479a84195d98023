;; 0A000: calls a component within it, which cannot be done here
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(component
  (component $inner
    (core module $m (func (export "count") (result i32) (i32.const 7)))
    (core instance $i (instantiate $m))
    (func (export "count") (result s32) (canon lift (core func $i "count"))))
  (instance $in (instantiate $inner))
  (core func $count (canon lower (func $in "count")))
  (core module $m
    (import "" "count" (func $count (result i32)))
    (func (export "evil") (result i32) (call $count)))
  (core instance $i (instantiate $m (with "" (instance (export "count" (func $count))))))
  (func (export "evil") (result s32) (canon lift (core func $i "evil"))))

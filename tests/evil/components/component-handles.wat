;; 54000: makes handles for ever
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(component
  (type $r (resource (rep i32)))
  (core func $new (canon resource.new $r))
  (core module $m
    (import "" "new" (func $new (param i32) (result i32)))
    (func (export "evil") (result i32) (loop (br_if 0 (call $new (i32.const 1)))) (i32.const 0)))
  (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
  (func (export "evil") (result s32) (canon lift (core func $i "evil"))))

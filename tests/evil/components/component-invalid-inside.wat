;; 42P13: has a core module in it that does not validate, and that nothing instantiates
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(component
  (component
    (core module (func (export "evil") (result i32) (i64.load (i32.const 0)))))
  (core module $m (func (export "evil") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func (export "evil") (result s32) (canon lift (core func $i "evil"))))

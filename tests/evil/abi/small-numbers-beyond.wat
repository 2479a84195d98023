;; 00000: returns a u8 with more bits than eight, which by the specification are ignored
;; CREATE FUNCTION evil() RETURNS int2
;; SELECT evil()
(component
  (core module $m (func (export "evil") (result i32) (i32.const 0x7fffff01)))
  (core instance $i (instantiate $m))
  (func (export "evil") (result u8) (canon lift (core func $i "evil"))))

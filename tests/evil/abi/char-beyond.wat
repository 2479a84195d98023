;; 39000: returns a char beyond the last
;; CREATE FUNCTION evil() RETURNS text
;; SELECT evil()
(component
  (core module $m (func (export "evil") (result i32) (i32.const 0x110000)))
  (core instance $i (instantiate $m))
  (func (export "evil") (result char) (canon lift (core func $i "evil"))))

;; 22021: returns the char NUL
;; CREATE FUNCTION evil() RETURNS text
;; SELECT evil()
(component
  (core module $m (func (export "evil") (result i32) (i32.const 0)))
  (core instance $i (instantiate $m))
  (func (export "evil") (result char) (canon lift (core func $i "evil"))))

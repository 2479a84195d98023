;; 39000: returns a result that is neither right nor wrong
;; CREATE FUNCTION evil() RETURNS void
;; SELECT evil()
(component
  (core module $m (func (export "evil") (result i32) (i32.const 2)))
  (core instance $i (instantiate $m))
  (func (export "evil") (result (result)) (canon lift (core func $i "evil"))))

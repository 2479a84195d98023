;; 00000: returns flags with bits that stand for nothing, which by the specification are ignored
;; CREATE FUNCTION evil() RETURNS text[]
;; SELECT evil()
(component
  (core module $m (func (export "evil") (result i32) (i32.const -1)))
  (core instance $i (instantiate $m))
  (type $f' (flags "one" "two" "three"))
  (export $f "f" (type $f'))
  (func (export "evil") (result $f) (canon lift (core func $i "evil"))))

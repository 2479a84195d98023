;; 42P13: exports a name that would write into a terminal, which the component model forbids
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(component
  (core module $m (func (export "evil") (result i32) (i32.const 0)))
  (core instance $i (instantiate $m))
  (func (export "evil\1b[2J") (result s32) (canon lift (core func $i "evil"))))

;; 54001: calls itself by reference for ever
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $f (func (result i32)))
  (elem declare func $evil)
  (func $evil (export "evil") (type $f)
    (i32.add (call_ref $f (ref.func $evil)) (i32.const 1))))

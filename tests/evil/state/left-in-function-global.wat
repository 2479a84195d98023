;; 00000: leaves another function in a global
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (type $f (func (result i32)))
  (func $good (type $f) (i32.const 0))
  (func $bad (type $f) unreachable)
  (elem declare func $bad)
  (global $g (mut (ref $f)) (ref.func $good))
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then (global.set $g (ref.func $bad)) (return (i32.const 1))))
    (call_ref $f (global.get $g))))

;; 00000: leaves another function in a table
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (type $f (func (result i32)))
  (table $t 2 funcref)
  (elem (i32.const 0) $good $bad)
  (func $good (type $f) (i32.const 0))
  (func $bad (type $f) unreachable)
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then (table.set $t (i32.const 0) (ref.func $bad)) (return (i32.const 1))))
    (call_indirect (type $f) (i32.const 0))))

;; 00000: drops the elements that the next call needs
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (table $t 1 funcref)
  (elem $e func $evil)
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then (elem.drop $e) (return (i32.const 1))))
    (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1))
    (if (ref.is_null (table.get $t (i32.const 0))) (then unreachable))
    (i32.const 0)))

;; 00000: drops data and elements, and fails
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (memory 1)
  (table $t 1 funcref)
  (data $d "\07")
  (elem $e func $evil)
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then (data.drop $d) (elem.drop $e) unreachable))
    (memory.init $d (i32.const 8) (i32.const 0) (i32.const 1))
    (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1))
    (i32.const 0)))

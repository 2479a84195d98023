;; 00000: copies to beyond the end of a table
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (table $t 4 funcref)
  (table $from funcref (elem $evil $evil $evil $evil))
  (func $evil (export "evil") (param i32) (result i32) (local $at i32)
    (if (local.get 0) (then (table.copy $t $from (i32.const 1) (i32.const 0) (i32.const 4))))
    (loop $look
      (if (i32.eqz (ref.is_null (table.get $t (local.get $at)))) (then unreachable))
      (br_if $look (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 4))))
    (i32.const 0)))

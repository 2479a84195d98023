;; 00000: fills, copies and initializes a table
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (table $t 6 funcref)
  (elem $e func $evil $evil)
  (func $evil (export "evil") (param i32) (result i32) (local $i i32)
    (if (local.get 0) (then
      (table.fill $t (i32.const 0) (ref.func $evil) (i32.const 2))
      (table.copy $t $t (i32.const 2) (i32.const 0) (i32.const 2))
      (table.init $t $e (i32.const 4) (i32.const 0) (i32.const 2))
      (return (i32.const 1))))
    (loop $next
      (if (i32.eqz (ref.is_null (table.get $t (local.get $i)))) (then unreachable))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 6))))
    (i32.const 0)))

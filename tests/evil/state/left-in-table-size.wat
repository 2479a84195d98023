;; 00000: grows a table, and leaves a function where it has grown
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (table $t 1 funcref)
  (elem declare func $evil)
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then (return (table.grow $t (ref.func $evil) (i32.const 10)))))
    (if (i32.ne (table.size $t) (i32.const 1)) (then unreachable))
    (drop (table.grow $t (ref.null func) (i32.const 10)))
    (if (i32.eqz (ref.is_null (table.get $t (i32.const 10)))) (then unreachable))
    (i32.const 0)))

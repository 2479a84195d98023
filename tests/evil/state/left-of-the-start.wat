;; 00000: spoils what its start function and _initialize have made, which each call must find anew
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (memory 1)
  (global $g (mut i32) (i32.const 0))
  (table $t 1 funcref)
  (elem declare func $evil)
  (func $start (i32.store (i32.const 8) (i32.const 7)) (table.set $t (i32.const 0) (ref.func $evil)))
  (start $start)
  (func (export "_initialize") (global.set $g (i32.const 9)))
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then
      (i32.store (i32.const 8) (i32.const 0))
      (global.set $g (i32.const 0))
      (table.set $t (i32.const 0) (ref.null func))
      (return (i32.const 1))))
    (if (i32.or (ref.is_null (table.get $t (i32.const 0)))
        (i32.or (i32.ne (i32.load (i32.const 8)) (i32.const 7)) (i32.ne (global.get $g) (i32.const 9))))
      (then unreachable))
    (i32.const 0)))

;; 00000: stores in functions that end by an exception, which is caught above
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (memory 1)
  (tag $t)
  (global $g (mut i32) (i32.const 0))
  (func $inner (i32.store (i32.const 4096) (i32.const 1)) (global.set $g (i32.const 1)) (throw $t))
  (func $outer (i32.store (i32.const 8) (i32.const 1)) (call $inner))
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then
      (block $caught (try_table (catch_all $caught) (call $outer)))
      (return (i32.const 1))))
    (if (i32.or (global.get $g) (i32.or (i32.load (i32.const 8)) (i32.load (i32.const 4096)))) (then unreachable))
    (i32.const 0)))

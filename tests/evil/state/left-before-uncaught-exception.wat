;; 00000: the same with nobody to catch it
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (memory 1)
  (tag $t)
  (global $g (mut i32) (i32.const 0))
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then
      (i32.store (i32.const 8) (i32.const 1))
      (global.set $g (i32.const 1))
      (throw $t)))
    (if (i32.or (global.get $g) (i32.load (i32.const 8))) (then unreachable))
    (i32.const 0)))

;; 00000: leaves something in a global and in memory, and fails
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (memory 1)
  (global $g (mut i32) (i32.const 0))
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then
      (global.set $g (i32.const 1))
      (i32.store (i32.const 8) (i32.const 1))
      unreachable))
    (if (i32.or (global.get $g) (i32.load (i32.const 8))) (then unreachable))
    (i32.const 0)))

;; 00000: leaves something in memories other than the first
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (memory 1)
  (memory $second 1)
  (memory $third 1)
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then
      (i32.store $second (i32.const 8) (i32.const 1))
      (memory.copy $third $second (i32.const 8) (i32.const 8) (i32.const 4))
      (return (i32.const 1))))
    (if (i32.or (i32.load $second (i32.const 8)) (i32.load $third (i32.const 8))) (then unreachable))
    (i32.const 0)))

;; 00000: leaves something in a memory with 64-bit addresses, by stores and in bulk
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (memory i64 1)
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then
      (i32.store (i64.const 8) (i32.const 1))
      (memory.fill (i64.const 2048) (i32.const 1) (i64.const 4))
      (return (i32.const 1))))
    (if (i32.or (i32.load (i64.const 8)) (i32.load (i64.const 2048))) (then unreachable))
    (i32.const 0)))

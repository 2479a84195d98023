;; 00000: copies between a memory with 32-bit addresses and one with 64-bit ones
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (memory $narrow 1)
  (memory $wide i64 1)
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then
      (i32.store $narrow (i32.const 8) (i32.const 1))
      (memory.copy $wide $narrow (i64.const 16) (i32.const 8) (i32.const 4))
      (memory.copy $narrow $wide (i32.const 4096) (i64.const 16) (i32.const 4))
      (return (i32.const 1))))
    (if (i32.or (i32.load $wide (i64.const 16)) (i32.or (i32.load $narrow (i32.const 8)) (i32.load $narrow (i32.const 4096))))
      (then unreachable))
    (i32.const 0)))

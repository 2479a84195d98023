;; 00000: grows its memory and leaves something where it has grown
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (memory 1)
  (func $evil (export "evil") (param i32) (result i32)
    (if (i32.ne (memory.size) (i32.const 1)) (then unreachable))
    (if (i32.ne (memory.grow (i32.const 3)) (i32.const 1)) (then unreachable))
    (if (i32.or (i32.load (i32.const 65536)) (i32.load (i32.const 262140))) (then unreachable))
    (if (local.get 0) (then
      (memory.fill (i32.const 65536) (i32.const 1) (i32.const 196608))))
    (local.get 0)))

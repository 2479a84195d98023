;; 00000: stores eight bytes of which seven are in its memory, and traps
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (memory 1 1)
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then (i64.store (i32.const 65529) (i64.const -1))))
    (if (i64.ne (i64.load (i32.const 65528)) (i64.const 0)) (then unreachable))
    (i32.const 0)))

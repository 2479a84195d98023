;; 00000: the same with a bulk instruction, whose bounds are checked in another way
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left(look => $$SELECT refused('SELECT evil(false)')$$)
(module
  (memory 1)
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then
      (drop (memory.grow (i32.const 3)))
      (memory.fill (i32.const 65536) (i32.const 7) (i32.const 16))))
    (memory.copy (i32.const 0) (i32.const 65536) (i32.const 16))
    (i32.load (i32.const 0))))

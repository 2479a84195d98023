;; 00000: grows its memory; the next call does not, and reads there, which must trap as if it never had
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left(look => $$SELECT refused('SELECT evil(false)')$$)
(module
  (memory 1)
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then
      (drop (memory.grow (i32.const 3)))
      (i32.store (i32.const 65536) (i32.const 7))))
    (i32.load (i32.const 65536))))

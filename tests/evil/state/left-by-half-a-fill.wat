;; 00000: fills to beyond the end of its memory, of which nothing may stay, whatever was written
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (memory 1 1)
  (func $evil (export "evil") (param i32) (result i32) (local $at i32)
    (if (local.get 0) (then (memory.fill (i32.const 0x100) (i32.const 1) (i32.const 0x10000))))
    (loop $look
      (if (i32.load8_u (local.get $at)) (then unreachable))
      (br_if $look (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 65536))))
    (i32.const 0)))

;; 00000: stores on the way down until the stack is used up
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (memory 16)
  (func $down (param i32) (result i32)
    (i32.store (local.get 0) (i32.const 1))
    (i32.add (call $down (i32.and (i32.add (local.get 0) (i32.const 1024)) (i32.const 0xfffff))) (i32.const 1)))
  (func $evil (export "evil") (param i32) (result i32) (local $at i32)
    (if (local.get 0) (then (return (call $down (i32.const 0)))))
    (loop $look
      (if (i32.load (local.get $at)) (then unreachable))
      (br_if $look (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1024))) (i32.const 0x100000))))
    (i32.const 0)))

;; 00000: stores when its result has been read
;; CREATE FUNCTION evil(boolean) RETURNS text
;; SELECT nothing_left()
(module
  (memory (export "memory") 1)
  (global $posts (mut i32) (i32.const 0))
  (func (export "cabi_post_evil") (param i32)
    (global.set $posts (i32.const 1))
    (i32.store (i32.const 4096) (i32.const 1))
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 2048)))
  (func $evil (export "evil") (param i32) (result i32)
    (if (i32.or (i32.or (global.get $posts) (i32.load (i32.const 4096))) (i32.load (i32.const 8))) (then unreachable))
    (i32.const 8)))

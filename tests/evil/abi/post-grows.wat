;; 00000: grows its memory when its result has been read
;; CREATE FUNCTION evil() RETURNS text
;; SELECT evil()
(module
  (memory (export "memory") 1)
  (func (export "cabi_post_evil") (param i32) (drop (memory.grow (i32.const 100))))
  (func $evil (export "evil") (result i32)
    (if (i32.ne (memory.size) (i32.const 1)) (then unreachable))
    (i32.const 8)))

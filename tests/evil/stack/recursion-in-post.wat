;; 54001: calls itself for ever when its result has been read
;; CREATE FUNCTION evil() RETURNS text
;; SELECT evil()
(module
  (memory (export "memory") 1)
  (func $post (export "cabi_post_evil") (param i32) (call $post (local.get 0)) (call $post (local.get 0)))
  (func $evil (export "evil") (result i32) (i32.const 8)))

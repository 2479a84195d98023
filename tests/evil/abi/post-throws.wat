;; 38000: throws when its result has been read
;; CREATE FUNCTION evil() RETURNS text
;; SELECT evil()
(module
  (memory (export "memory") 1)
  (tag $tag)
  (func (export "cabi_post_evil") (param i32) (throw $tag))
  (func $evil (export "evil") (result i32) (i32.const 8)))

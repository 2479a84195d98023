;; 00000: has a cabi_post of another type, which is none
;; CREATE FUNCTION evil() RETURNS text
;; SELECT evil() = ''
(module
  (memory (export "memory") 1)
  (func (export "cabi_post_evil") (param i64) unreachable)
  (func $evil (export "evil") (result i32)
    (i32.const 8)))

;; 00000: overwrites rows and the values of a domain before anything has checked them
;; CREATE FUNCTION evil() RETURNS SETOF four
;; SELECT string_agg(evil, ' ') FROM evil()
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\00\00\00\02\00\00\00\18\00\00\00\04\00\00\00\18\00\00\00\04\00\00\00evil")
  (func (export "cabi_post_evil") (param i32)
    (memory.fill (i32.const 0) (i32.const 0xff) (i32.const 65536)))
  (func $evil (export "evil") (result i32) (i32.const 0)))

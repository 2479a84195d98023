;; 38000: returns a million values of a domain, the last of which has a guest trap
;; CREATE FUNCTION evil() RETURNS checked_by_guest[]
;; SELECT cardinality(evil())
(module
  (memory (export "memory") 100)
  (func $evil (export "evil") (result i32) (local $i i32)
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const 1000000))
    (memory.fill (i32.const 16) (i32.const 1) (i32.const 3999996))
    (i32.const 0)))

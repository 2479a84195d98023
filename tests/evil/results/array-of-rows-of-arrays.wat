;; 54000: returns a thousand rows of two arrays of 8 MB, which all lie in one place
;; CREATE FUNCTION evil() RETURNS arrays[]
;; SELECT cardinality(evil())
(module
  (memory (export "memory") 200)
  (func (export "evil") (result i32) (local $i i32)
    (loop $next
      (i32.store (i32.add (i32.const 0x100) (i32.shl (local.get $i) (i32.const 3))) (i32.const 0x10000))
      (i32.store (i32.add (i32.const 0x104) (i32.shl (local.get $i) (i32.const 3))) (i32.const 1000000))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 2000))))
    (i32.store (i32.const 0) (i32.const 0x100))
    (i32.store (i32.const 4) (i32.const 1000))
    (i32.const 0)))

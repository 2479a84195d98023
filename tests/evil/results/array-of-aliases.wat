;; 54000: returns a million strings of 16 MiB, which all lie in one place
;; CREATE FUNCTION evil() RETURNS text[]
;; SELECT cardinality(evil())
(module
  (memory (export "memory") 400)
  (func (export "evil") (result i32) (local $i i32)
    (memory.fill (i32.const 0x10) (i32.const 97) (i32.const 0x1000000))
    (loop $next
      (i32.store (i32.add (i32.const 0x1000100) (i32.shl (local.get $i) (i32.const 3))) (i32.const 0x10))
      (i32.store (i32.add (i32.const 0x1000104) (i32.shl (local.get $i) (i32.const 3))) (i32.const 0x1000000))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 1000000))))
    (i32.store (i32.const 0) (i32.const 0x1000100))
    (i32.store (i32.const 4) (i32.const 1000000))
    (i32.const 0)))

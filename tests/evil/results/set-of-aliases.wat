;; 57014: returns a million rows of 1 MB, which all lie in one place
;; CREATE FUNCTION evil() RETURNS SETOF text
;; SELECT count(*) FROM evil()
(module
  (memory (export "memory") 150)
  (func (export "evil") (result i32) (local $i i32)
    (memory.fill (i32.const 0x800000) (i32.const 97) (i32.const 0x100000))
    (loop $next
      (i32.store (i32.add (i32.const 8) (i32.shl (local.get $i) (i32.const 3))) (i32.const 0x800000))
      (i32.store (i32.add (i32.const 12) (i32.shl (local.get $i) (i32.const 3))) (i32.const 0x100000))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 1000000))))
    (i32.store (i32.const 0) (i32.const 8))
    (i32.store (i32.const 4) (i32.const 1000000))
    (i32.const 0)))

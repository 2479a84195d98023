;; 54000: returns an array of sixty million NULLs, of a byte each
;; CREATE FUNCTION evil(int) RETURNS nothing[]
;; SELECT cardinality(evil(1))
(module
  (memory (export "memory") 1000)
  (func (export "evil") (param i32 i32) (result i32)
    (i32.store8 (i32.const 0) (i32.const 1))
    (i32.store (i32.const 4) (i32.const 16))
    (i32.store (i32.const 8) (i32.const 60000000))
    (i32.const 0)))

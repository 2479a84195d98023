;; 54000: returns an array of eight million NULLs of a domain, each of which has to be checked
;; CREATE FUNCTION evil(int) RETURNS small[]
;; SELECT cardinality(evil(1))
(module
  (memory (export "memory") 1000)
  (func (export "evil") (param i32 i32) (result i32)
    (i32.store8 (i32.const 0) (i32.const 1))
    (i32.store (i32.const 4) (i32.const 16))
    (i32.store (i32.const 8) (i32.const 8000000))
    (i32.const 0)))

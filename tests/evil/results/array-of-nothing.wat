;; 54000: returns an array of a hundred million elements that take no memory
;; CREATE FUNCTION evil() RETURNS nothing[]
;; SELECT cardinality(evil())
(module
  (memory (export "memory") 1)
  (func (export "evil") (result i32)
    (i32.store (i32.const 4) (i32.const 100000000))
    (i32.const 0)))

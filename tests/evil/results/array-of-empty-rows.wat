;; 54000: returns an array of twenty million rows without columns, which take memory here alone
;; CREATE FUNCTION evil() RETURNS nothing[]
;; SELECT cardinality(evil())
(module
  (memory (export "memory") 1)
  (func (export "evil") (result i32)
    (i32.store (i32.const 4) (i32.const 20000000))
    (i32.const 0)))

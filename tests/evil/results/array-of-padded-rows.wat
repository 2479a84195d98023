;; 54000: returns a thousand rows of an empty string each, whose column pads it to 10 MB
;; CREATE FUNCTION evil() RETURNS padded[]
;; SELECT cardinality(evil())
(module
  (memory (export "memory") 1)
  (func (export "evil") (result i32)
    (i32.store (i32.const 0) (i32.const 8))
    (i32.store (i32.const 4) (i32.const 1000))
    (i32.const 0)))

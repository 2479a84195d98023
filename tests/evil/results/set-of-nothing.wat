;; 57014: returns four billion rows without columns
;; CREATE FUNCTION evil() RETURNS SETOF nothing
;; SELECT count(*) FROM evil()
(module
  (memory (export "memory") 1)
  (func (export "evil") (result i32)
    (i32.store (i32.const 4) (i32.const 4000000000))
    (i32.const 0)))

;; 57014: returns four billion rows that take no memory
;; CREATE FUNCTION evil() RETURNS SETOF nothing
;; SELECT count(*) FROM evil()
(module
  (memory (export "memory") 1)
  (func $evil (export "evil") (result i32)
    (i32.store (i32.const 4) (i32.const -1))
    (i32.const 0)))

;; 54000: returns ten million values of a domain whose check takes its time
;; CREATE FUNCTION evil() RETURNS slow[]
;; SELECT cardinality(evil())
(module
  (memory (export "memory") 640)
  (func $evil (export "evil") (result i32)
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const 10000000))
    (i32.const 0)))

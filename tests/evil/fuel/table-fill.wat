;; 54000: fills a table of a million elements again and again
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (table 1000000 funcref)
  (func $evil (export "evil") (result i32)
    (loop $again
      (table.fill (i32.const 0) (ref.func $evil) (i32.const 1000000))
      (br $again))
    (i32.const 0)))

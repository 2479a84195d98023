;; 54000: copies a table of a million elements again and again
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (table $from 1000000 funcref)
  (table $to 1000000 funcref)
  (func $evil (export "evil") (result i32)
    (loop $again
      (table.copy $to $from (i32.const 0) (i32.const 0) (i32.const 1000000))
      (br $again))
    (i32.const 0)))

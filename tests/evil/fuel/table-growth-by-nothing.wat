;; 54000: grows a table by nothing for ever
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (table 1 funcref)
  (func $evil (export "evil") (result i32)
    (loop $again
      (drop (table.grow (ref.null func) (i32.const 0)))
      (br $again))
    unreachable))

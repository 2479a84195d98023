;; 00000: grows a table to the limit
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (table 0 funcref)
  (func $evil (export "evil") (result i32)
    (loop $again
      (br_if $again (i32.ne (i32.const -1) (table.grow (ref.null func) (i32.const 1000)))))
    (table.size)))

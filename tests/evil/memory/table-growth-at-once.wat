;; 00000: grows a table by fifty million
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (table 1 funcref)
  (func $evil (export "evil") (result i32)
    (table.grow (ref.null func) (i32.const 50000000))))

;; 53200: wants a table of a hundred million elements
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (table 100000000 funcref)
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

;; 38000: has elements that do not fit into its table
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (table 1 funcref)
  (elem (i32.const 1) $evil)
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

;; 42P13: calls by the type behind its last one
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (table 1 funcref)
  (func $evil (export "evil") (result i32)
    (call_indirect (type 1) (i32.const 0))))

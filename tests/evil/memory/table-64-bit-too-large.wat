;; 53200: wants a table of more elements than 32 bits can count
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (table $t i64 0x100000001 funcref)
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

;; 00000: grows a table with 64-bit numbers by more than there are
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (table $t i64 1 funcref)
  (func $evil (export "evil") (result i32)
    (drop (table.grow $t (ref.null func) (i64.const 0x7fffffffffffffff)))
    (i32.wrap_i64 (table.grow $t (ref.null func) (i64.const 0x100000000)))))

;; 00000: writes to a table when it is asked for memory, so that each call costs an instance
;; CREATE FUNCTION evil(text) RETURNS int
;; SELECT sum(evil('x')) FROM generate_series(1, 1000)
(module
  (memory (export "memory") 1)
  (table $t 1 funcref)
  (elem declare func $evil)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (if (i32.eqz (ref.is_null (table.get $t (i32.const 0)))) (then unreachable))
    (table.set $t (i32.const 0) (ref.func $evil))
    (i32.const 8))
  (func $evil (export "evil") (param i32 i32) (result i32) (local.get 1)))

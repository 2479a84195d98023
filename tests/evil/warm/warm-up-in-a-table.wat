;; 00000: its warm-up writes a table, so that no file can hold its state
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (@custom "plwasm:warm" "warm=prepare()")
  (table $t 1 funcref)
  (elem declare func $f)
  (func $f (result i32) (i32.const 7))
  (func (export "prepare") (table.set $t (i32.const 0) (ref.func $f)))
  (func (export "evil") (result i32)
    (call_indirect (result i32) (i32.const 0))))

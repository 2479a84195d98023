;; 00000: drops segments, in the method, that the constructor and each call need
;; CREATE FUNCTION evil() RETURNS wasm.module
;; SELECT values_apart()
(module
  (memory 1) (table 1 funcref)
  (func $one) (elem $e func $one) (data $d "\01")
  (func $check (param $value i32)
    (memory.init $d (i32.const 8) (i32.const 0) (i32.const 1))
    (table.init $e (i32.const 0) (i32.const 0) (i32.const 1)))
  (func (export "[constructor]r") (param $value i32) (result i32)
    (call $check (i32.const 0))
    (if (local.get $value) (then
      (i32.store (i32.const 0) (i32.const 1))))
    (if (i32.eq (local.get $value) (i32.const 2)) (then unreachable))
    (local.get $value))
  (func (export "[method]r.look") (param $value i32) (param $attack i32) (result i32)
    (call $check (local.get $value))
    (if (local.get $attack) (then
      (data.drop $d)
      (elem.drop $e)))
    (if (i32.eq (local.get $attack) (i32.const 2)) (then unreachable))
    (local.get $attack)))

;; 00000: changes a table in the constructor, which cannot be kept
;; CREATE FUNCTION evil() RETURNS wasm.module
;; SELECT values_apart()
(module
  (table $t 2 funcref) (memory 1)
  (func $one) (elem $e func $one $one)
  (func $check (param $value i32)
    (if (i32.ne (ref.is_null (table.get $t (i32.const 1))) (i32.eqz (local.get $value))) (then unreachable))
    (if (i32.load (i32.const 0)) (then unreachable)))
  (func (export "[constructor]r") (param $value i32) (result i32)
    (call $check (i32.const 0))
    (if (local.get $value) (then
      (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 2))
      (elem.drop $e)))
    (if (i32.eq (local.get $value) (i32.const 2)) (then unreachable))
    (local.get $value))
  (func (export "[method]r.look") (param $value i32) (param $attack i32) (result i32)
    (call $check (local.get $value))
    (if (local.get $attack) (then
      (table.fill $t (i32.const 0) (ref.null func) (i32.const 2)) (i32.store (i32.const 0) (i32.const 1))))
    (if (i32.eq (local.get $attack) (i32.const 2)) (then unreachable))
    (local.get $attack)))

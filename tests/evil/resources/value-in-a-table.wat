;; 00000: changes a table in the method, and its size
;; CREATE FUNCTION evil() RETURNS wasm.module
;; SELECT values_apart()
(module
  (table $t 2 10 funcref)
  (func $one) (elem declare func $one)
  (func $check (param $value i32)
    (if (i32.or (i32.eqz (ref.is_null (table.get $t (i32.const 1)))) (i32.ne (table.size $t) (i32.const 2))) (then unreachable)))
  (func (export "[constructor]r") (param $value i32) (result i32)
    (call $check (i32.const 0))
    (if (local.get $value) (then
      nop))
    (if (i32.eq (local.get $value) (i32.const 2)) (then unreachable))
    (local.get $value))
  (func (export "[method]r.look") (param $value i32) (param $attack i32) (result i32)
    (call $check (local.get $value))
    (if (local.get $attack) (then
      (table.set $t (i32.const 1) (ref.func $one))
      (drop (table.grow $t (ref.func $one) (i32.const 3)))))
    (if (i32.eq (local.get $attack) (i32.const 2)) (then unreachable))
    (local.get $attack)))

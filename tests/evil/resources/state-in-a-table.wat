;; 0A000: keeps its state in a table, which cannot be kept when another needs the instance
;; CREATE FUNCTION evil() RETURNS wasm.module
;; SELECT states_apart()
(module
  (table $t 1 100000 funcref) (memory 1) (func $one) (elem declare func $one)
  (func $get (param $it i32) (result i32) (i32.sub (table.size $t) (i32.const 1)))
  (func $put (param $it i32) (param $sum i32) (drop (table.grow $t (ref.func $one) (i32.sub (local.get $sum) (i32.sub (table.size $t) (i32.const 1))))))
  (func (export "[constructor]r") (param $first i32) (result i32)
    (if (call $get (i32.const 64)) (then unreachable))
    (call $put (i32.const 64) (local.get $first))
    (i32.const 64))
  (func (export "[method]r.step") (param $it i32) (param $more i32)
    (call $put (local.get $it) (i32.add (call $get (local.get $it)) (local.get $more)))
    (if (i32.eq (local.get $more) (i32.const -1)) (then unreachable)))
  (func (export "[method]r.finish") (param $it i32) (result i32) (local $sum i32)
    (local.set $sum (call $get (local.get $it)))
    (local.get $sum)))

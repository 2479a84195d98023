;; 0A000: keeps its state in a memory that is not its first one
;; CREATE FUNCTION evil() RETURNS wasm.module
;; SELECT states_apart()
(module
  (memory 1) (memory $other 1)
  (func $get (param $it i32) (result i32) (i32.load $other (i32.const 0)))
  (func $put (param $it i32) (param $sum i32) (i32.store $other (i32.const 0) (local.get $sum)))
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

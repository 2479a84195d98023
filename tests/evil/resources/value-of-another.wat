;; 00000: returns as its representation where the value of another lies
;; CREATE FUNCTION evil() RETURNS wasm.module
;; SELECT values_apart()
(module
  (memory 1)
  (func (export "[constructor]r") (param $value i32) (result i32)
    (if (i32.or (i32.load (i32.const 1024)) (i32.load (i32.const 2048))) (then unreachable))
    (i32.store (i32.add (i32.const 1024) (i32.mul (i32.const 1024) (local.get $value))) (i32.const 5))
    (if (i32.eq (local.get $value) (i32.const 2)) (then unreachable))
    (i32.sub (i32.const 2048) (i32.mul (i32.const 1024) (local.get $value))))
  (func (export "[method]r.look") (param $other i32) (param $attack i32) (result i32)
    (if (i32.load (local.get $other)) (then unreachable))
    (if (local.get $attack) (then (i32.store (local.get $other) (i32.const 7))))
    (if (i32.eq (local.get $attack) (i32.const 2)) (then unreachable))
    (local.get $attack)))

;; 00000: keeps something in an object of the collected heap
;; CREATE FUNCTION evil() RETURNS wasm.module
;; SELECT values_apart()
(module
  (type $box (struct (field (mut i32))))
  (global $g (mut (ref null $box)) (ref.null $box))
  (func $check (param $value i32)
    (if (i32.ne (ref.is_null (global.get $g)) (i32.eqz (local.get $value))) (then unreachable))
    (if (local.get $value) (then (if (i32.ne (struct.get $box 0 (global.get $g)) (local.get $value)) (then unreachable)))))
  (func (export "[constructor]r") (param $value i32) (result i32)
    (call $check (i32.const 0))
    (if (local.get $value) (then
      (global.set $g (struct.new $box (local.get $value)))))
    (if (i32.eq (local.get $value) (i32.const 2)) (then unreachable))
    (local.get $value))
  (func (export "[method]r.look") (param $value i32) (param $attack i32) (result i32)
    (call $check (local.get $value))
    (if (local.get $attack) (then
      (global.set $g (struct.new $box (i32.const 9)))))
    (if (i32.eq (local.get $attack) (i32.const 2)) (then unreachable))
    (local.get $attack)))

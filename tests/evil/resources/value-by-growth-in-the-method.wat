;; 00000: grows only in the method, by much, and leaves something on each page
;; CREATE FUNCTION evil() RETURNS wasm.module
;; SELECT values_apart()
(module
  (memory 1)
  (func $sum (result i32) (local $at i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $at))))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.shl (memory.size) (i32.const 16)))))
    (local.get $sum))
  (func $check (param $value i32)
    (if (i32.ne (call $sum) (i32.mul (local.get $value) (i32.const 255))) (then unreachable))
    (if (i32.ne (memory.size) (i32.const 1)) (then unreachable)))
  (func (export "[constructor]r") (param $value i32) (result i32)
    (call $check (i32.const 0))
    (if (local.get $value) (then
      (i32.store8 (i32.const 0xffff) (i32.const 255))))
    (if (i32.eq (local.get $value) (i32.const 2)) (then unreachable))
    (local.get $value))
  (func (export "[method]r.look") (param $value i32) (param $attack i32) (result i32)
    (call $check (local.get $value))
    (if (local.get $attack) (then
      (drop (memory.grow (i32.const 200)))
      (memory.fill (i32.const 0xfff0) (i32.const 1) (i32.const 0xc80000))))
    (if (i32.eq (local.get $attack) (i32.const 2)) (then unreachable))
    (local.get $attack)))

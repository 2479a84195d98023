;; 00000: grows its memory in the constructor and in the method, and writes up to the end
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
    (if (i32.ne (call $sum) (i32.mul (local.get $value) (i32.const 1020))) (then unreachable))
    (if (i32.ne (memory.size) (i32.add (i32.const 1) (i32.mul (local.get $value) (i32.const 2)))) (then unreachable)))
  (func (export "[constructor]r") (param $value i32) (result i32)
    (call $check (i32.const 0))
    (if (local.get $value) (then
      (drop (memory.grow (i32.mul (local.get $value) (i32.const 2))))
      (i32.store (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 4)) (i32.const -1))))
    (if (i32.eq (local.get $value) (i32.const 2)) (then unreachable))
    (local.get $value))
  (func (export "[method]r.look") (param $value i32) (param $attack i32) (result i32)
    (call $check (local.get $value))
    (if (local.get $attack) (then
      (memory.fill (i32.const 0) (i32.const 3) (i32.shl (memory.size) (i32.const 16)))
      (drop (memory.grow (i32.const 3)))
      (memory.fill (i32.const 0x10000) (i32.const 7) (i32.const 0x20000))
      (i32.store (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 4)) (i32.const -1))))
    (if (i32.eq (local.get $attack) (i32.const 2)) (then unreachable))
    (local.get $attack)))

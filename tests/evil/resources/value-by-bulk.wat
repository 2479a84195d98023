;; 00000: fills and copies all of its memory over what the constructor has left there
;; CREATE FUNCTION evil() RETURNS wasm.module
;; SELECT values_apart()
(module
  (memory 1)
  (data $some "\01\01\01\01")
  (func $sum (result i32) (local $at i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $at))))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.shl (memory.size) (i32.const 16)))))
    (local.get $sum))
  (func $check (param $value i32)
    (if (i32.ne (call $sum) (i32.mul (local.get $value) (i32.const 8196))) (then unreachable)))
  (func (export "[constructor]r") (param $value i32) (result i32)
    (call $check (i32.const 0))
    (if (local.get $value) (then
      (memory.init $some (i32.const 0x3fe) (i32.const 0) (i32.const 4))
      (memory.fill (i32.const 0x2000) (i32.const 1) (i32.const 4096))
      (memory.copy (i32.const 0x47ff) (i32.const 0x2000) (i32.const 4096))))
    (if (i32.eq (local.get $value) (i32.const 2)) (then unreachable))
    (local.get $value))
  (func (export "[method]r.look") (param $value i32) (param $attack i32) (result i32)
    (call $check (local.get $value))
    (if (local.get $attack) (then
      (memory.copy (i32.const 0x100) (i32.const 0) (i32.const 0xff00))
      (memory.fill (i32.const 0) (i32.const 9) (i32.const 65536))))
    (if (i32.eq (local.get $attack) (i32.const 2)) (then unreachable))
    (local.get $attack)))

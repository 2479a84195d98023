;; 00000: leaves something in another component, whose memory is not the first
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(component
  (component $counter
    (core module $m
      (memory 1)
      (global $g (mut i32) (i32.const 0))
      (func (export "count") (result i32)
        (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (i32.const 1)))
        (global.set $g (i32.add (global.get $g) (i32.const 1)))
        (i32.mul (global.get $g) (i32.load (i32.const 8)))))
    (core instance $i (instantiate $m))
    (func (export "count") (result s32) (canon lift (core func $i "count"))))
  (component $caller
    (import "count" (func $count (result s32)))
    (core func $count (canon lower (func $count)))
    (core module $m
      (import "" "count" (func $count (result i32)))
      (memory 1)
      (func (export "evil") (param i32) (result i32)
        (if (i32.ne (call $count) (i32.const 1)) (then unreachable))
        (i32.store (i32.const 8) (i32.const 1))
        (i32.add (local.get 0) (call $count))))
    (core instance $i (instantiate $m (with "" (instance (export "count" (func $count))))))
    (func (export "evil") (param "attack" bool) (result s32) (canon lift (core func $i "evil"))))
  (instance $counter (instantiate $counter))
  (instance $caller (instantiate $caller (with "count" (func $counter "count"))))
  (export "evil" (func $caller "evil")))

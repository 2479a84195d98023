;; 00000: stores at one local that is another address each time: in branches, in loops, by tee, and after a call
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (memory 1)
  (func $none)
  (func $evil (export "evil") (param i32) (result i32) (local $at i32)
    (if (local.get 0) (then
      (local.set $at (i32.const 0x400))
      (i32.store (local.get $at) (i32.const -1))
      (i32.store offset=60 (local.get $at) (i32.const -1))
      (if (local.get 0)
        (then (local.set $at (i32.const 0x2000)))
        (else (i32.store offset=4 (local.get $at) (i32.const -1))))
      (i32.store (local.get $at) (i32.const -1))
      (loop $next
        (i32.store (local.get $at) (i32.const -1))
        (local.set $at (i32.add (local.get $at) (i32.const 0x400)))
        (i32.store (local.get $at) (i32.const -1))
        (br_if $next (i32.lt_u (local.get $at) (i32.const 0x4000))))
      (i32.store (local.tee $at (i32.const 0x8000)) (i32.const -1))
      (call $none)
      (i32.store (i32.add (local.get $at) (i32.const 0x1000)) (i32.const -1))
      (i32.store (local.tee $at (i32.add (local.get $at) (i32.const 0x2000))) (i32.const -1))
      (block $out
        (br_if $out (local.get 0))
        (i32.store offset=0x2000 (local.get $at) (i32.const -1)))
      (i32.store offset=0x2000 (local.get $at) (i32.const -1))
      (return (i32.const 1))))
    (loop $look
      (if (i32.load8_u (local.get $at)) (then unreachable))
      (br_if $look (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 65536))))
    (i32.const 0)))

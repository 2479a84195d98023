;; 00000: runs its start function once for each instance: each call gets a new one
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil() + evil() + evil()
(module
  (memory 1)
  (global $runs (mut i32) (i32.const 0))
  (func $start (global.set $runs (i32.add (global.get $runs) (i32.const 1))))
  (start $start)
  (func $evil (export "evil") (result i32)
    (drop (memory.grow (i32.const 1)))
    (global.set $runs (i32.mul (global.get $runs) (i32.const 100)))
    (global.get $runs)))

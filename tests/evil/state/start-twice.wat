;; 38000: a start function that fails when it is run a second time
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (global $runs (mut i32) (i32.const 0))
  (table $t 1 funcref)
  (func $start
    (global.set $runs (i32.add (global.get $runs) (i32.const 1)))
    (if (i32.gt_u (global.get $runs) (i32.const 1)) (then unreachable)))
  (start $start)
  (func $evil (export "evil") (result i32)
    (call $start)
    (i32.const 0)))

;; 00000: touches every block of 60 MB, more than the log holds, and must find it zero each time
;; CREATE FUNCTION evil() RETURNS int
;; SELECT sum(evil()) FROM generate_series(1, 5)
(module
  (memory 960)
  (func $evil (export "evil") (result i32) (local $at i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $at))))
      (i32.store8 (local.get $at) (i32.const 1))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1024))) (i32.const 62914560))))
    (local.get $sum)))

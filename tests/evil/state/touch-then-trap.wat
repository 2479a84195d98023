;; 38000: touches every block of 60 MB and fails
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 960)
  (func $evil (export "evil") (result i32) (local $at i32)
    (loop $next
      (i32.store8 (local.get $at) (i32.const 1))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1024))) (i32.const 62914560))))
    unreachable))

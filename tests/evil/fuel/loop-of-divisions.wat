;; 54000: divides vectors and takes square roots, the slowest of instructions
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $evil (export "evil") (result i32) (local $v v128)
    (local.set $v (f64x2.splat (f64.const 1e300)))
    (loop $again
      (local.set $v (f64x2.sqrt (f64x2.div (f64x2.sqrt (f64x2.div (local.get $v) (f64x2.splat (f64.const 1.1)))) (f64x2.splat (f64.const 0.9)))))
      (br $again))
    (i32.const 0)))

;; 57014: reads 48 MB in no order, so that no cache has what it reads
;; CREATE FUNCTION evil() RETURNS int
;; SELECT set_config('plwasm.fuel', '1e11', true), evil()
(module
  (memory 768)
  (func $evil (export "evil") (result i32) (local $at i32)
    (loop $again
      (local.set $at (i32.add (i32.mul (local.get $at) (i32.const 1664525)) (i32.const 1013904223)))
      (i32.store (i32.rem_u (local.get $at) (i32.const 50331644))
        (i32.load (i32.rem_u (i32.shr_u (local.get $at) (i32.const 3)) (i32.const 50331644))))
      (br $again))
    (i32.const 0)))

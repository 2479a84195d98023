;; 00000: draws random numbers, so that the next call would draw others
;; CREATE FUNCTION evil(boolean) RETURNS int8 SECURITY DEFINER SET plwasm.wasi = 'inert'
;; SELECT nothing_left('SELECT evil(true)', 'SELECT 1 / (count(DISTINCT evil(i = 2)) = 2)::int FROM generate_series(1, 3) i')
(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $evil (export "evil") (param i32) (result i64)
    (if (local.get 0) (then
      (drop (call $random (i32.const 0) (i32.const 1000)))))
    (drop (call $random (i32.const 0) (i32.const 8)))
    (i64.load (i32.const 0))))

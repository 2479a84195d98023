;; 38000: wants random numbers beyond its memory
;; CREATE FUNCTION evil() RETURNS int SET plwasm.wasi = 'inert'
;; SELECT evil()
(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $evil (export "evil") (result i32)
    (call $random (i32.const 65000) (i32.const 1000))))

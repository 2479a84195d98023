;; 38000: has the time written where it has no memory
;; CREATE FUNCTION evil() RETURNS int SET plwasm.wasi = 'inert'
;; SELECT evil()
(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
  (memory (export "memory") 1)
  (func $evil (export "evil") (result i32)
    (call $time (i32.const 0) (i64.const 0) (i32.const -4))))

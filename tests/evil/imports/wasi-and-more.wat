;; 0A000: imports WASI, and what is not WASI's under its name
;; CREATE FUNCTION evil() RETURNS int SET plwasm.wasi = 'inert'
;; SELECT evil()
(module
  (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
  (import "wasi_snapshot_preview1" "system" (func (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "memory" (memory 1))
  (func $evil (export "evil") (result i32) (i32.const 0)))

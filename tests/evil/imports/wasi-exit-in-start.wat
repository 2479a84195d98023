;; 38000: leaves the process in its start function
;; CREATE FUNCTION evil() RETURNS int SET plwasm.wasi = 'inert'
;; SELECT evil()
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (func $start (call $exit (i32.const 0)))
  (start $start)
  (func $evil (export "evil") (result i32) (i32.const 0)))

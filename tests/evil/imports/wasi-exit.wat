;; 38000: leaves the process in the middle of a call, with a status that says that all is well
;; CREATE FUNCTION evil() RETURNS int SET plwasm.wasi = 'inert'
;; SELECT evil()
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (func $evil (export "evil") (result i32) (call $exit (i32.const 0)) (i32.const 0)))

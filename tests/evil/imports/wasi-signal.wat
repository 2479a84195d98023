;; 00000: raises SIGKILL in its process
;; CREATE FUNCTION evil() RETURNS int SET plwasm.wasi = 'inert'
;; SELECT evil()
(module
  (import "wasi_snapshot_preview1" "proc_raise" (func $raise (param i32) (result i32)))
  (func $evil (export "evil") (result i32) (call $raise (i32.const 9))))

;; 0A000: imports a function of WASI's with another type
;; CREATE FUNCTION evil() RETURNS int SET plwasm.wasi = 'inert'
;; SELECT evil()
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i64) (result i64)))
  (func $evil (export "evil") (result i32) (i32.wrap_i64 (call $write (i64.const 0)))))

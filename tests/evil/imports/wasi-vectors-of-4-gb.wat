;; 00000: writes eight thousand buffers of 4 GB: what was written needs more than 32 bits
;; CREATE FUNCTION evil() RETURNS int SET plwasm.wasi = 'inert'
;; SELECT evil()
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $evil (export "evil") (result i32)
    (memory.fill (i32.const 0) (i32.const 0xff) (i32.const 64000))
    (call $write (i32.const 1) (i32.const 0) (i32.const 8000) (i32.const 65000))))

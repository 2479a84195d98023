;; 38000: writes a billion buffers that are not in its memory
;; CREATE FUNCTION evil() RETURNS int SET plwasm.wasi = 'inert'
;; SELECT evil()
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $evil (export "evil") (result i32)
    (call $write (i32.const 1) (i32.const 0) (i32.const 0x40000000) (i32.const 0))))

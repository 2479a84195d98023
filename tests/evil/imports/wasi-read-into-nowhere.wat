;; 00000: reads into buffers beyond its memory, of which nothing is read
;; CREATE FUNCTION evil() RETURNS int SET plwasm.wasi = 'inert'
;; SELECT evil()
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $evil (export "evil") (result i32)
    (i32.store (i32.const 0) (i32.const -16))
    (i32.store (i32.const 4) (i32.const 64))
    (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 32))))

;; 38000: leaves the process when it is asked for memory
;; CREATE FUNCTION evil(text) RETURNS int SET plwasm.wasi = 'inert'
;; SELECT evil('some text')
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (call $exit (i32.const 0)) (i32.const 8))
  (func $evil (export "evil") (param i32 i32) (result i32) (local.get 1)))

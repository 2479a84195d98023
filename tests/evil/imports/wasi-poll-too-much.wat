;; 38000: waits for four billion things
;; CREATE FUNCTION evil() RETURNS int SET plwasm.wasi = 'inert'
;; SELECT evil()
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $evil (export "evil") (result i32)
    (call $poll (i32.const 96) (i32.const 256) (i32.const -1) (i32.const 300))))

;; 54000: waits for ever for time to pass, an age at a time
;; CREATE FUNCTION evil() RETURNS int SET plwasm.wasi = 'inert'
;; SELECT evil()
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $evil (export "evil") (result i32)
    (i32.store (i32.const 112) (i32.const 1))
    (i64.store (i32.const 120) (i64.const 0x7fffffffffffffff))
    (loop $again
      (drop (call $poll (i32.const 96) (i32.const 256) (i32.const 1) (i32.const 300)))
      (br $again))
    (i32.const 0)))

;; 00000: sleeps for years and reads the clock, so that the next call would read another time
;; CREATE FUNCTION evil(boolean) RETURNS int8 SECURITY DEFINER SET plwasm.wasi = 'inert'
;; SELECT nothing_left()
(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $evil (export "evil") (param i32) (result i64)
    (if (local.get 0) (then
      (i32.store (i32.const 112) (i32.const 1))
      (i64.store (i32.const 120) (i64.const -1))
      (drop (call $poll (i32.const 96) (i32.const 256) (i32.const 1) (i32.const 300)))
      (drop (call $time (i32.const 0) (i64.const 0) (i32.const 0)))
      (return (i64.load (i32.const 0)))))
    ;; of the process, which begins at 0
    (drop (call $time (i32.const 2) (i64.const 0) (i32.const 0)))
    (if (i64.gt_u (i64.load (i32.const 0)) (i64.const 1000)) (then unreachable))
    (i64.load (i32.const 0))))

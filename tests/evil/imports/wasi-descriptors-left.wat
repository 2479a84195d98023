;; 00000: closes and renumbers all descriptors, which the next call must find as they were
;; CREATE FUNCTION evil(boolean) RETURNS int SECURITY DEFINER SET plwasm.wasi = 'inert'
;; SELECT nothing_left()
(module
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_renumber" (func $renumber (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $evil (export "evil") (param i32) (result i32)
    (i32.store (i32.const 4) (i32.const 100))
    (if (local.get 0) (then
      (drop (call $renumber (i32.const 2) (i32.const 1)))
      (drop (call $renumber (i32.const 1) (i32.const 1000000000)))
      (drop (call $renumber (i32.const -1) (i32.const 0)))
      (drop (call $close (i32.const 0)))
      (drop (call $close (i32.const 1)))
      (drop (call $close (i32.const -1)))
      (drop (call $close (i32.const 1)))
      (return (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))))
    (if (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)) (then unreachable))
    (i32.load (i32.const 32))))

;; 54000: fills 48 MB with random numbers again and again
;; CREATE FUNCTION evil() RETURNS int SET plwasm.wasi = 'inert'
;; SELECT evil()
(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (memory (export "memory") 768)
  (func $evil (export "evil") (result i32)
    (loop $again
      (drop (call $random (i32.const 0) (i32.const 0x3000000)))
      (br $again))
    (i32.const 0)))

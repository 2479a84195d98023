;; 54000: leaves the processor to others, for ever
;; CREATE FUNCTION evil() RETURNS int SET plwasm.wasi = 'inert'
;; SELECT evil()
(module
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (func $evil (export "evil") (result i32)
    (loop $again (drop (call $yield)) (br $again))
    (i32.const 0)))

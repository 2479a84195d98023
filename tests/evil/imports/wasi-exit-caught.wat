;; 38000: would catch that it leaves the process
;; CREATE FUNCTION evil() RETURNS int SET plwasm.wasi = 'inert'
;; SELECT evil()
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (func $evil (export "evil") (result i32)
    (loop $again
      (block $caught (try_table (catch_all $caught) (call $exit (i32.const 0))))
      (br $again))
    (i32.const 0)))

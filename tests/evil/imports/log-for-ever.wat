;; 54000: says 64 kB, for ever
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (import "plwasm:host/log" "log" (func $log (param i32 i32 i32)))
  (memory 1)
  (func $evil (export "evil") (result i32)
    (loop $next
      (call $log (i32.const 3) (i32.const 0) (i32.const 65536))
      (br $next))
    (unreachable)))

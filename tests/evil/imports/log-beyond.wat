;; 38000: says what lies beyond its memory
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (import "plwasm:host/log" "log" (func $log (param i32 i32 i32)))
  (memory 1)
  (func $evil (export "evil") (result i32)
    (call $log (i32.const 3) (i32.const 65535) (i32.const 2))
    (i32.const 0)))

;; 00000: says something, and looks whether the next call finds it
;; CREATE FUNCTION evil() RETURNS int
;; SELECT CASE WHEN evil() + evil() = 0 THEN 0 ELSE 1 / 0 END
(module
  (import "plwasm:host/log" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (memory (export "plwasm messages") 2 2)
  (func $evil (export "evil") (result i32)
    (local $found i32)
    (local.set $found (i32.or (i32.load 1 (i32.const 65536)) (i32.load 0 (i32.const 0))))
    (i32.store 0 (i32.const 0) (i32.const 0x64636261))
    (call $log (i32.const 3) (i32.const 0) (i32.const 4))
    (local.get $found)))

;; 00000: says something, and traps if it finds anything of the call before
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil() + evil()
(module
  (import "plwasm:host/log" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (memory (export "plwasm messages") 2 2)
  (func $evil (export "evil") (result i32)
    (if (i32.or (i32.load 1 (i32.const 65536)) (i32.load 0 (i32.const 0)))
      (then (unreachable)))
    (i32.store 0 (i32.const 0) (i32.const 0x64636261))
    (call $log (i32.const 3) (i32.const 0) (i32.const 4))
    (i32.const 0)))

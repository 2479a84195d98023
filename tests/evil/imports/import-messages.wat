;; 0A000: imports the memory in which it is kept what a guest says
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (import "messages" "memory" (memory 2 2))
  (import "plwasm:host/log" "log" (func $log (param i32 i32 i32)))
  (func $evil (export "evil") (result i32)
    (i64.store (i32.const 65536) (i64.const -1))
    (i32.const 0)))

;; 38000: panics with a message that would be another line of the log
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory (export "memory") 1)
  (data (i32.const 8) "\10\00\00\00\28\00\00\00\1b[2J\nERROR:  fake\nCONTEXT:  fake\00\ff\e2\80\ae evil ")
  (global (export "plwasm_panic_message") i32 (i32.const 8))
  (func $evil (export "evil") (result i32) unreachable))

;; 38000: panics with a message of 60 MB
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory (export "memory") 1000)
  (global (export "plwasm_panic_message") i32 (i32.const 0))
  (func $evil (export "evil") (result i32)
    (i32.store (i32.const 0) (i32.const 8))
    (i32.store (i32.const 4) (i32.const 60000000))
    (memory.fill (i32.const 8) (i32.const 97) (i32.const 60000000))
    unreachable))

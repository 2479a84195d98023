;; 38000: panics with a message that ends beyond its memory
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory (export "memory") 1)
  (global (export "plwasm_panic_message") i32 (i32.const 8))
  (func $evil (export "evil") (result i32)
    (i32.store (i32.const 8) (i32.const 65530))
    (i32.store (i32.const 12) (i32.const -1))
    unreachable))

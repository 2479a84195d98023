;; 38000: panics with a message at the end of the address space
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory (export "memory") 1)
  (global (export "plwasm_panic_message") i32 (i32.const -4))
  (func $evil (export "evil") (result i32) unreachable))

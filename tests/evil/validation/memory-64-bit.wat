;; 42P13: exports a memory with 64-bit addresses, in which the ABI has no pointers
;; CREATE FUNCTION evil() RETURNS text
;; SELECT evil()
(module
  (memory (export "memory") i64 1)
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

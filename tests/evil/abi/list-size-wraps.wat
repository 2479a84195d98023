;; 39000: returns a list of 268,435,457 uuids, 16 bytes if only in 32 bits
;; CREATE FUNCTION evil() RETURNS uuid[]
;; SELECT cardinality(evil())
(module
  (memory (export "memory") 1)
  (func $evil (export "evil") (result i32)
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const 0x10000001))
    (i32.const 0)))

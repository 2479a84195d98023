;; 38000: stores at an address and offset that add up to 8, if only in 32 bits
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1)
  (func $evil (export "evil") (result i32)
    (i64.store offset=0x80000000 (i32.const 0x80000008) (i64.const -1))
    (i32.const 0)))

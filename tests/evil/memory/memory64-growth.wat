;; 00000: grows a memory with 64-bit addresses by more than an address can count
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory i64 1)
  (func $evil (export "evil") (result i32)
    (drop (memory.grow (i64.const -1)))
    (drop (memory.grow (i64.const 0xffffffffffff)))
    (i32.wrap_i64 (memory.grow (i64.const 0x100000000)))))

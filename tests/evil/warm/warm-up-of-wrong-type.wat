;; 42883: its warm-up passes a string where a number is expected
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (@custom "plwasm:warm" "warm=prepare('x')")
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "prepare") (param i64))
  (func (export "evil") (result i32) (i32.const 1)))

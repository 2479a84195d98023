;; 39000: gives a list of 64-bit numbers an odd place
;; CREATE FUNCTION evil(int8[]) RETURNS int
;; SELECT evil('{1,2,3}')
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 12))
  (func $evil (export "evil") (param i32 i32) (result i32) (local.get 1)))

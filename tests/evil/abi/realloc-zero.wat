;; 00000: gives the same place to both arguments
;; CREATE FUNCTION evil(text, text) RETURNS int
;; SELECT evil('a', 'b')
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 0))
  (func $evil (export "evil") (param i32 i32 i32 i32) (result i32)
    (i32.add (i32.load8_u (local.get 0)) (local.get 3))))

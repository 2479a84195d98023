;; 39000: allocates where the text does not fit
;; CREATE FUNCTION evil(text) RETURNS int
;; SELECT evil('some text')
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 65530))
  (func $evil (export "evil") (param i32 i32) (result i32)
    (local.get 1)))

;; 42P13: has an allocator of another type
;; CREATE FUNCTION evil(text) RETURNS int
;; SELECT evil('some text')
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32) (result i32) (i32.const 0))
  (func $evil (export "evil") (param i32 i32) (result i32)
    (local.get 1)))

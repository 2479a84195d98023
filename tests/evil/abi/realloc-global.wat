;; 42P13: has a variable where the allocator should be
;; CREATE FUNCTION evil(text) RETURNS int
;; SELECT evil('some text')
(module
  (memory (export "memory") 1)
  (global (export "cabi_realloc") i32 (i32.const 0))
  (func $evil (export "evil") (param i32 i32) (result i32)
    (local.get 1)))

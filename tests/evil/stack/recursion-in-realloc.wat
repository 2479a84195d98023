;; 54001: calls itself for ever when it is asked for memory
;; CREATE FUNCTION evil(text) RETURNS int
;; SELECT evil('x')
(module
  (memory (export "memory") 1)
  (func $realloc (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.add (i32.const 1) (call $realloc (local.get 0) (local.get 1) (local.get 2) (local.get 3))))
  (func $evil (export "evil") (param i32 i32) (result i32)
    (local.get 1)))

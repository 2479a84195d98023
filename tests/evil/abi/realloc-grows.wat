;; 00000: grows its memory when it is asked, which may move it
;; CREATE FUNCTION evil(text) RETURNS int
;; SELECT evil('some text')
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.shl (memory.grow (i32.const 1)) (i32.const 16)))
  (func $evil (export "evil") (param i32 i32) (result i32)
    (local.get 1)))

;; 39000: has grown its memory to the limit and says so with -1, as if it were a pointer
;; CREATE FUNCTION evil(text) RETURNS int
;; SELECT evil('some text')
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (drop (memory.grow (i32.const 1023)))
    (memory.grow (i32.const 1)))
  (func $evil (export "evil") (param i32 i32) (result i32)
    (local.get 1)))

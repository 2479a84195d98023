;; 00000: grows its memory for each string of a list, whose own place was given before
;; CREATE FUNCTION evil(text[]) RETURNS int
;; SELECT evil(array_agg('evil ' || i)) FROM generate_series(1, 500) i
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.shl (memory.grow (i32.const 1)) (i32.const 16)))
  (func $evil (export "evil") (param i32 i32) (result i32)
    (if (i32.ne (i32.load (i32.load (local.get 0))) (i32.const 0x6c697665)) (then unreachable))
    (memory.size)))

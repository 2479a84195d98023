;; 00000: puts the strings of a list into the list itself, which is written last
;; CREATE FUNCTION evil(text[]) RETURNS int
;; SELECT evil('{evil,evil,evil,evil}')
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 16))
  (func $evil (export "evil") (param i32 i32) (result i32)
    ;; pointer and length of the last
    (if (i32.ne (i32.load (i32.const 40)) (i32.const 16)) (then unreachable))
    (i32.load (i32.const 44))))

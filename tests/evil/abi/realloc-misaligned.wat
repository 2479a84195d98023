;; 39000: puts seventeen parameters at an odd place
;; CREATE FUNCTION evil(int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int) RETURNS int
;; SELECT evil(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17)
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 9))
  (func $evil (export "evil") (param i32) (result i32)
    (local.get 0)))

;; 54000: loops for ever when it is asked for memory
;; CREATE FUNCTION evil(text) RETURNS int
;; SELECT evil('x')
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (loop $again (br $again))
    (i32.const 0))
  (func $evil (export "evil") (param i32 i32) (result i32)
    (local.get 1)))

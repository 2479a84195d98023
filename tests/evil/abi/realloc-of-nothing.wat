;; 39000: gives a string of no bytes a place beyond its memory
;; CREATE FUNCTION evil(text) RETURNS int
;; SELECT evil('')
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const -1))
  (func $evil (export "evil") (param i32 i32) (result i32) (i32.load8_u (local.get 0))))

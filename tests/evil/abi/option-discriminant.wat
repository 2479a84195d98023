;; 39000: returns an option that is neither none nor some
;; CREATE FUNCTION evil(int) RETURNS int
;; SELECT evil(1)
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "\02")
  (func $evil (export "evil") (param i32 i32) (result i32)
    (i32.const 0)))

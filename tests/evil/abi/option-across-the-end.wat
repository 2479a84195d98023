;; 39000: returns an option whose value is past its memory
;; CREATE FUNCTION evil(int) RETURNS int
;; SELECT evil(1)
(module
  (memory (export "memory") 1)
  (func $evil (export "evil") (param i32 i32) (result i32)
    (i32.const 65532)))

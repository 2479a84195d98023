;; 22012: divides by zero
;; CREATE FUNCTION evil(int) RETURNS int
;; SELECT evil(1)
(module
  (func $evil (export "evil") (param i32) (result i32)
    (i32.div_s (local.get 0) (i32.const 0))))

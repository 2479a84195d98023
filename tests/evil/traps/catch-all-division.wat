;; 22012: would catch a division by zero
;; CREATE FUNCTION evil(int) RETURNS int
;; SELECT evil(0)
(module
  (func $evil (export "evil") (param i32) (result i32)
    (block $caught (try_table (catch_all $caught) (return (i32.div_u (i32.const 1) (local.get 0)))))
    (i32.const 7)))

;; 22012: takes the remainder by zero
;; CREATE FUNCTION evil(int8) RETURNS int8
;; SELECT evil(1)
(module
  (func $evil (export "evil") (param i64) (result i64)
    (i64.rem_u (local.get 0) (i64.const 0))))

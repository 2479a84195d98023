;; 42P13: takes what it is not given
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $evil (export "evil") (param i64 f32) (result i32)
    (i32.const 0)))

;; 22008: returns a day after the last
;; CREATE FUNCTION evil() RETURNS date
;; SELECT evil()
(module
  (func $evil (export "evil") (result i32) (i32.const 2145031949)))

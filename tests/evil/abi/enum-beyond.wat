;; 39000: returns a label beyond the last
;; CREATE FUNCTION evil() RETURNS mood
;; SELECT evil()
(module
  (func $evil (export "evil") (result i32) (i32.const 3)))

;; 39000: returns a label before the first
;; CREATE FUNCTION evil() RETURNS mood
;; SELECT evil()
(module
  (func $evil (export "evil") (result i32) (i32.const -1)))

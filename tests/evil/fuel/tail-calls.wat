;; 54000: calls itself for ever without using stack
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $evil (export "evil") (result i32)
    (return_call $evil)))

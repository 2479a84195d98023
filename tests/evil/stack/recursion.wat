;; 54001: calls itself for ever
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $evil (export "evil") (result i32)
    (call $evil)
    (i32.add (i32.const 1))))

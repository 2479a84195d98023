;; 54001: calls itself for ever in _initialize
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $initialize (export "_initialize") (call $initialize) (call $initialize))
  (func $evil (export "evil") (result i32) (i32.const 0)))

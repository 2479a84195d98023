;; 38000: traps in _initialize
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func (export "_initialize") unreachable)
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

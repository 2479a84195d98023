;; 00000: has an _initialize with a parameter, which is none
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func (export "_initialize") (param i32) unreachable)
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

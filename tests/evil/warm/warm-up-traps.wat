;; 38000: its warm-up traps
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (@custom "plwasm:warm" "warm=prepare()")
  (func (export "prepare") unreachable)
  (func (export "evil") (result i32) (i32.const 1)))

;; 42883: its warm-up is a call of an export that does not exist
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (@custom "plwasm:warm" "warm=prepare()")
  (func (export "evil") (result i32) (i32.const 1)))

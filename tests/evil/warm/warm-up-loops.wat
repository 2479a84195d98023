;; 54000: its warm-up loops for ever
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (@custom "plwasm:warm" "warm=prepare()")
  (func (export "prepare") (loop (br 0)))
  (func (export "evil") (result i32) (i32.const 1)))

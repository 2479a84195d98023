;; 42P13: its section that asks for a warm-up is not one
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (@custom "plwasm:warm" "warm=evil((((((((((((((((((((((((((((((((((((((((((((((((")
  (func (export "evil") (result i32) (i32.const 1)))

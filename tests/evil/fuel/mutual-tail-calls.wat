;; 54000: two functions call each other for ever without using stack
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $f (func (param i32) (result i32)))
  (table funcref (elem $ping $pong))
  (func $ping (type $f) (return_call $pong (i32.xor (local.get 0) (i32.const 1))))
  (func $pong (type $f) (return_call_indirect (type $f) (local.get 0) (i32.and (local.get 0) (i32.const 0))))
  (func $evil (export "evil") (result i32) (return_call $ping (i32.const 0))))

;; 0A000: is a component that imports a function
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(component
  (import "system" (func $system (param "status" s32) (result s32)))
  (core func $system (canon lower (func $system)))
  (core module $m
    (import "" "system" (func $system (param i32) (result i32)))
    (func (export "evil") (result i32) (call $system (i32.const 0))))
  (core instance $i (instantiate $m (with "" (instance (export "system" (func $system))))))
  (func (export "evil") (result s32) (canon lift (core func $i "evil"))))

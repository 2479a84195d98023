;; 42P13: has garbage where its types would be
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $evil (export "evil") (result i32) (i32.const 0))
  (@custom "component-type" "\00asm\0d\00\01\00\ff\ff\ff\ff\0f"))

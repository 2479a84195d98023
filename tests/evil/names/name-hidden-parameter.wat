;; 42P13: reads the parameter behind its last one, which is its fuel
;; CREATE FUNCTION evil(int) RETURNS int
;; SELECT evil(1)
(module
  (func $evil (export "evil") (param i32) (result i32)
    (local.set 1 (i64.const 0x7fffffffffffffff))
    (loop $again (br_if $again (local.get 0)))
    (i32.const 0)))

;; 54000: passes a string from one component to another, whose allocator loops for ever
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(component
  (component $taker
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (loop $again (br $again)) unreachable)
      (func (export "take") (param i32 i32) (result i32) (local.get 1)))
    (core instance $i (instantiate $m))
    (func (export "take") (param "s" string) (result s32)
      (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (component $giver
    (import "take" (func $take (param "s" string) (result s32)))
    (core module $libc
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8)))
    (core instance $libc (instantiate $libc))
    (core func $take (canon lower (func $take) (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core module $m
      (import "" "take" (func $take (param i32 i32) (result i32)))
      (func (export "evil") (result i32) (call $take (i32.const 0) (i32.const 100))))
    (core instance $i (instantiate $m (with "" (instance (export "take" (func $take))))))
    (func (export "evil") (result s32) (canon lift (core func $i "evil"))))
  (instance $taker (instantiate $taker))
  (instance $giver (instantiate $giver (with "take" (func $taker "take"))))
  (export "evil" (func $giver "evil")))

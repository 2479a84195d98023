;; 00000: leaves something in a global that it exports
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (global $g (export "plwasm global 0") (mut i64) (i64.const 7))
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then (global.set $g (i64.const 1)) (return (i32.const 1))))
    (if (i64.ne (global.get $g) (i64.const 7)) (then unreachable))
    (i32.const 0)))

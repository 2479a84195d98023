;; 00000: leaves a caught exception in a global
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (tag $t (param i32))
  (global $g (mut exnref) (ref.null exn))
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then
      (global.set $g (block $caught (result exnref)
        (try_table (catch_all_ref $caught) (throw $t (i32.const 7)))
        unreachable))
      (return (i32.const 1))))
    (if (i32.eqz (ref.is_null (global.get $g))) (then unreachable))
    (i32.const 0)))

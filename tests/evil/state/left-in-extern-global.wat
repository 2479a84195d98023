;; 00000: leaves an object in a global of type externref
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (global $g (mut externref) (ref.null extern))
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then
      (global.set $g (extern.convert_any (ref.i31 (i32.const 7))))
      (return (i32.const 1))))
    (if (i32.eqz (ref.is_null (global.get $g))) (then unreachable))
    (i32.const 0)))

;; 00000: changes an object that a global holds which cannot be changed itself
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (type $s (struct (field (mut i32))))
  (global $g (ref $s) (struct.new_default $s))
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then
      (struct.set $s 0 (global.get $g) (i32.const 7))
      (return (i32.const 1))))
    (if (struct.get $s 0 (global.get $g)) (then unreachable))
    (i32.const 0)))

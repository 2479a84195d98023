;; 00000: changes an array of the collected heap, in every way
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (type $a (array (mut i8)))
  (data $d "evil")
  (global $g (ref $a) (array.new_default $a (i32.const 16)))
  (func $evil (export "evil") (param i32) (result i32) (local $i i32)
    (if (local.get 0) (then
      (array.set $a (global.get $g) (i32.const 0) (i32.const 7))
      (array.fill $a (global.get $g) (i32.const 4) (i32.const 7) (i32.const 4))
      (array.init_data $a $d (global.get $g) (i32.const 8) (i32.const 0) (i32.const 4))
      (array.copy $a $a (global.get $g) (i32.const 12) (global.get $g) (i32.const 8) (i32.const 4))
      (return (i32.const 1))))
    (loop $next
      (if (array.get_u $a (global.get $g) (local.get $i)) (then unreachable))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16))))
    (i32.const 0)))

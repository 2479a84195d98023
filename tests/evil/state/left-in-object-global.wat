;; 00000: leaves an object of the collected heap in a global
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (type $s (struct (field (mut i32))))
  (global $g (mut (ref null $s)) (ref.null $s))
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then
      (global.set $g (struct.new $s (i32.const 7)))
      (return (i32.const 1))))
    (if (i32.eqz (ref.is_null (global.get $g))) (then unreachable))
    (i32.const 0)))

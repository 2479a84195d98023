;; 38000: copies from before the start of an array to beyond its end
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $bytes (array (mut i8)))
  (func $evil (export "evil") (result i32) (local $a (ref $bytes))
    (local.set $a (array.new_default $bytes (i32.const 8)))
    (array.copy $bytes $bytes (local.get $a) (i32.const -4) (local.get $a) (i32.const 0) (i32.const 8))
    (i32.const 0)))

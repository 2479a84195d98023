;; 54000: fills an array of 30 MB again and again
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $bytes (array (mut i8)))
  (func $evil (export "evil") (result i32)
    (local $array (ref null $bytes))
    (local.set $array (array.new_default $bytes (i32.const 30000000)))
    (loop $again
      (array.fill $bytes (local.get $array) (i32.const 0) (i32.const 1) (i32.const 30000000))
      (br $again))
    (i32.const 0)))

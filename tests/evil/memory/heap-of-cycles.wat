;; 53200: makes garbage that refers to itself, which counting references never frees
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $s (struct (field (mut (ref null $s))) (field i64) (field i64) (field i64)))
  (func $evil (export "evil") (result i32) (local $s (ref null $s))
    (loop $again
      (local.set $s (struct.new_default $s))
      (struct.set $s 0 (local.get $s) (local.get $s))
      (br $again))
    (i32.const 0)))

;; 53200: makes an array of 80 MB
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $longs (array (mut i64)))
  (func $evil (export "evil") (result i32)
    (array.len (array.new_default $longs (i32.const 10000000)))))

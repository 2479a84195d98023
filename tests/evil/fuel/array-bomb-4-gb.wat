;; 54000: makes an array whose size needs 35 bits, which costs more fuel than there is
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $longs (array (mut i64)))
  (func $evil (export "evil") (result i32)
    (array.len (array.new_default $longs (i32.const -1)))))

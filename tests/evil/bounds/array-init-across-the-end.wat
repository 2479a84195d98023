;; 38000: initializes an array from more data than there are
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $longs (array (mut i64)))
  (data $d "evil evil")
  (func $evil (export "evil") (result i32)
    (array.len (array.new_data $longs $d (i32.const 2) (i32.const 0x20000000)))))

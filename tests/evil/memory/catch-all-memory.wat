;; 53200: would catch that its memory is used up
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $longs (array (mut i64)))
  (func $evil (export "evil") (result i32)
    (block $caught (try_table (catch_all $caught) (return (array.len (array.new_default $longs (i32.const 10000000))))))
    (i32.const 7)))

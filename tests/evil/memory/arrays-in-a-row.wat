;; 53200: makes arrays of 16 MB in straight code, and keeps them
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $a (array (mut i64)))
  (type $list (struct (field (ref $a)) (field (ref null $list))))
  (func $evil (export "evil") (result i32) (local $all (ref null $list))
    (local.set $all (struct.new $list (array.new $a (i64.const 1) (i32.const 0x200000)) (local.get $all)))
    (local.set $all (struct.new $list (array.new $a (i64.const 1) (i32.const 0x200000)) (local.get $all)))
    (local.set $all (struct.new $list (array.new $a (i64.const 1) (i32.const 0x200000)) (local.get $all)))
    (local.set $all (struct.new $list (array.new $a (i64.const 1) (i32.const 0x200000)) (local.get $all)))
    (local.set $all (struct.new $list (array.new $a (i64.const 1) (i32.const 0x200000)) (local.get $all)))
    (local.set $all (struct.new $list (array.new $a (i64.const 1) (i32.const 0x200000)) (local.get $all)))
    (local.set $all (struct.new $list (array.new $a (i64.const 1) (i32.const 0x200000)) (local.get $all)))
    (local.set $all (struct.new $list (array.new $a (i64.const 1) (i32.const 0x200000)) (local.get $all)))
    (local.set $all (struct.new $list (array.new $a (i64.const 1) (i32.const 0x200000)) (local.get $all)))
    (local.set $all (struct.new $list (array.new $a (i64.const 1) (i32.const 0x200000)) (local.get $all)))
    (i32.const 0)))

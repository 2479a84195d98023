;; 53200: fills the collected heap in its start function
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $a (array (mut i64)))
  (type $list (struct (field (ref $a)) (field (ref null $list))))
  (global $all (mut (ref null $list)) (ref.null $list))
  (func $start
    (loop $again
      (global.set $all (struct.new $list (array.new_default $a (i32.const 10000)) (global.get $all)))
      (br $again)))
  (start $start)
  (func $evil (export "evil") (result i32) (i32.const 0)))

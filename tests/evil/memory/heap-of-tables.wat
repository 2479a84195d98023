;; 53200: keeps objects in a table, so that the garbage collector finds nothing to collect
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $a (array (mut i64)))
  (table $t 100000 (ref null $a))
  (func $evil (export "evil") (result i32) (local $i i32)
    (loop $next
      (table.set $t (local.get $i) (array.new_default $a (i32.const 100)))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100000))))
    (local.get $i)))

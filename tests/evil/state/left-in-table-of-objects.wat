;; 00000: leaves objects in tables of references of every kind
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (tag $tag)
  (type $s (struct))
  (table $extern 1 externref)
  (table $any 1 anyref)
  (table $struct 1 (ref null $s))
  (table $exn 1 exnref)
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then
      (table.set $extern (i32.const 0) (extern.convert_any (ref.i31 (i32.const 7))))
      (table.set $any (i32.const 0) (struct.new $s))
      (table.set $struct (i32.const 0) (struct.new $s))
      (table.set $exn (i32.const 0) (block $caught (result exnref)
        (try_table (catch_all_ref $caught) (throw $tag))
        unreachable))
      (return (i32.const 1))))
    (if (i32.eqz (i32.and
        (i32.and (ref.is_null (table.get $extern (i32.const 0))) (ref.is_null (table.get $any (i32.const 0))))
        (i32.and (ref.is_null (table.get $struct (i32.const 0))) (ref.is_null (table.get $exn (i32.const 0))))))
      (then unreachable))
    (i32.const 0)))

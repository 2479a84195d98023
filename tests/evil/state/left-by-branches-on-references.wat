;; 00000: stores behind branches that references decide
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (memory 1)
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then
      (block $null
        (br_on_null $null (ref.null func))
        drop
        unreachable)
      (i32.store (i32.const 8) (i32.const 1))
      (block $full (result (ref i31))
        (br_on_non_null $full (ref.i31 (i32.const 1)))
        unreachable)
      drop
      (i32.store (i32.const 2048) (i32.const 1))
      (block $cast (result (ref i31))
        (drop (br_on_cast $cast anyref (ref i31) (ref.i31 (i32.const 1))))
        unreachable)
      drop
      (i32.store (i32.const 4096) (i32.const 1))
      (block $no (result anyref)
        (br_on_cast_fail $no anyref (ref struct) (ref.i31 (i32.const 1)))
        unreachable)
      drop
      (i32.store (i32.const 8192) (i32.const 1))
      (return (i32.const 1))))
    (if (i32.or (i32.or (i32.load (i32.const 8)) (i32.load (i32.const 2048))) (i32.or (i32.load (i32.const 4096)) (i32.load (i32.const 8192))))
      (then unreachable))
    (i32.const 0)))

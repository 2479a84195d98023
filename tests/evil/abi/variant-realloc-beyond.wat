;; 39000: gives memory that it does not have for the list in a variant
;; CREATE FUNCTION evil(jsonb) RETURNS int
;; SELECT evil('{"a": [1, 2, 3]}')
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65532))
    (func (export "evil") (param i32 i32 i32) (result i32) (i32.const 0)))
  (core instance $i (instantiate $m))
  (type $v (variant (case "a" (list u32)) (case "b")))
  (export $shape "shape" (type $v))
  (func (export "evil") (param "s" $shape) (result s32)
    (canon lift (core func $i "evil") (memory (core memory $i "memory")) (realloc (core func $i "cabi_realloc")))))

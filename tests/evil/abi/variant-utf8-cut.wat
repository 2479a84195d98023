;; 39000: returns a variant with a text that ends within a character
;; CREATE FUNCTION evil() RETURNS json
;; SELECT evil()
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 8) "\00\00\00\00\20\00\00\00\02\00\00\00")
    (data (i32.const 32) "a\c3\a4")
    (func (export "evil") (result i32) (i32.const 8)))
  (core instance $i (instantiate $m))
  (type $v (variant (case "a" string) (case "b")))
  (export $shape "shape" (type $v))
  (func (export "evil") (result $shape) (canon lift (core func $i "evil") (memory (core memory $i "memory")))))

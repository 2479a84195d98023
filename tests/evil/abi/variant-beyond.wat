;; 39000: returns a variant of a case that there is not
;; CREATE FUNCTION evil() RETURNS jsonb
;; SELECT evil()
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 8) "\02")
    (func (export "evil") (result i32) (i32.const 8)))
  (core instance $i (instantiate $m))
  (type $v (variant (case "a" u64) (case "b")))
  (export $shape "shape" (type $v))
  (func (export "evil") (result $shape) (canon lift (core func $i "evil") (memory (core memory $i "memory")))))

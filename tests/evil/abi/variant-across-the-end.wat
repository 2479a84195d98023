;; 39000: returns a variant whose value lies beyond the end of memory
;; CREATE FUNCTION evil() RETURNS jsonb
;; SELECT evil()
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "evil") (result i32) (i32.const 65528)))
  (core instance $i (instantiate $m))
  (type $v (variant (case "a" u64) (case "b")))
  (export $shape "shape" (type $v))
  (func (export "evil") (result $shape) (canon lift (core func $i "evil") (memory (core memory $i "memory")))))

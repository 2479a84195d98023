;; 54000: returns a variant with a text of 32 MB, each byte of which JSON writes as six
;; CREATE FUNCTION evil() RETURNS json
;; SELECT evil()
(component
  (core module $m
    (memory (export "memory") 512)
    (data (i32.const 8) "\00\00\00\00\20\00\00\00\e0\ff\ff\01")
    (func (export "evil") (result i32) (i32.const 8)))
  (core instance $i (instantiate $m))
  (type $v (variant (case "a" string) (case "b")))
  (export $shape "shape" (type $v))
  (func (export "evil") (result $shape) (canon lift (core func $i "evil") (memory (core memory $i "memory")))))

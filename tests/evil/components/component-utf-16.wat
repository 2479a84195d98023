;; 0A000: returns a string in another encoding
;; CREATE FUNCTION evil() RETURNS text
;; SELECT evil()
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "evil") (result i32) (i32.const 0)))
  (core instance $i (instantiate $m))
  (func (export "evil") (result string)
    (canon lift (core func $i "evil") (memory (core memory $i "memory")) string-encoding=utf16)))

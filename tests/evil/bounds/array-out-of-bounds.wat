;; 38000: reads beyond an array of the collected heap
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $bytes (array i32))
  (func $evil (export "evil") (result i32)
    (array.get $bytes (array.new_default $bytes (i32.const 8)) (i32.const 8))))

;; 38000: reads a field of a null reference
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $pair (struct (field i32) (field i32)))
  (func $evil (export "evil") (result i32)
    (struct.get $pair 0 (ref.null $pair))))

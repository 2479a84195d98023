;; 38000: casts a reference to a type that it does not have
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $pair (struct (field i32) (field i32)))
  (func $evil (export "evil") (result i32)
    (struct.get $pair 0 (ref.cast (ref $pair) (ref.i31 (i32.const 1))))))

;; 38000: casts a function to the type that it has once fuel is added to it
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $plain (func))
  (type $fuelled (func (param i64) (result i64)))
  (elem declare func $none)
  (func $none (type $plain))
  (func $evil (export "evil") (result i32)
    (i32.wrap_i64 (call_ref $fuelled (i64.const 0x7fffffffffffffff)
      (ref.cast (ref $fuelled) (block (result funcref) (ref.func $none)))))))

;; 38000: calls a function by the type that it has once fuel is added to it
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $plain (func))
  (type $fuelled (func (param i64) (result i64)))
  (table funcref (elem $none))
  (func $none (type $plain))
  (func $evil (export "evil") (result i32)
    (i32.wrap_i64 (call_indirect (type $fuelled) (i64.const 0x7fffffffffffffff) (i32.const 0)))))

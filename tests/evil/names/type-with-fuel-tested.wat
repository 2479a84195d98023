;; 00000: asks of its functions which types they have
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $plain (func))
  (type $fuelled (func (param i64) (result i64)))
  (table funcref (elem $none $real))
  (func $none (type $plain))
  (func $real (type $fuelled) (local.get 0))
  (func $evil (export "evil") (result i32)
    (i32.add
      (i32.add (ref.test (ref $plain) (table.get (i32.const 0))) (i32.mul (i32.const 10) (ref.test (ref $fuelled) (table.get (i32.const 0)))))
      (i32.add (i32.mul (i32.const 100) (ref.test (ref $plain) (table.get (i32.const 1)))) (i32.mul (i32.const 1000) (ref.test (ref $fuelled) (table.get (i32.const 1))))))))

;; 00000: its warm-up and its calls count in the same place, and no call may see another's count
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil() * 100 + evil()
(module
  (@custom "plwasm:warm" "warm=evil()")
  (memory 1)
  (func (export "evil") (result i32)
    (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (i32.const 1)))
    (i32.load (i32.const 8))))

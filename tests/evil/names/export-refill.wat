;; 54000: exports a function named as the one by which guests get fuel
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $refill (export "refill") (param i64) (result i64) (i64.const 0x7fffffffffffffff))
  (func (export "plwasm refill") (param i64) (result i64) (i64.const 0x7fffffffffffffff))
  (func $evil (export "evil") (result i32)
    (loop $again (drop (call $refill (i64.const 0))) (br $again))
    unreachable))

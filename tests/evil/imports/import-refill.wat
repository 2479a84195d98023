;; 0A000: imports the function by which guests get fuel
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (import "plwasm" "refill" (func $refill (param i64) (result i64)))
  (func $evil (export "evil") (result i32)
    (drop (call $refill (i64.const -1000000000)))
    (i32.const 0)))

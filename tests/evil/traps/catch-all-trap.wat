;; 38000: would catch its own trap
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $trap unreachable)
  (func $evil (export "evil") (result i32)
    (loop $again
      (block $caught (try_table (catch_all $caught) (call $trap)))
      (br $again))
    (i32.const 0)))

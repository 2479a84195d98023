;; 54001: calls itself for ever in its start function
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $start (call $start) (call $start))
  (start $start)
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

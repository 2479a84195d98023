;; 38000: traps in its start function
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $start unreachable)
  (start $start)
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

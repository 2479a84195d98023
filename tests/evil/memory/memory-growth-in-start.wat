;; 38000: allocates 2 GB in its start function, and traps if it does not get them
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1)
  (func $start
    (if (i32.eq (memory.grow (i32.const 32768)) (i32.const -1)) (then (unreachable))))
  (start $start)
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

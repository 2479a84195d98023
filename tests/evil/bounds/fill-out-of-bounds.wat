;; 38000: fills one byte too many
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1)
  (func $evil (export "evil") (result i32)
    (memory.fill (i32.const 1) (i32.const 1) (i32.const 65536))
    (i32.const 0)))

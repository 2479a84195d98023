;; 38000: reads one byte past its memory
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1)
  (func $evil (export "evil") (result i32)
    (i32.load8_u (i32.const 65536))))

;; 38000: reads four bytes of which one is past its memory
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1)
  (func $evil (export "evil") (result i32)
    (i32.load (i32.const 65533))))

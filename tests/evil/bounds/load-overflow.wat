;; 38000: reads at an address and an offset whose sum needs 33 bits
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1)
  (func $evil (export "evil") (result i32)
    (i32.load offset=0xffffffff (i32.const -1))))

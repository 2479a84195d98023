;; 54000: copies 24 MB again and again
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 0x300)
  (func $evil (export "evil") (result i32)
    (loop $again
      (memory.copy (i32.const 0) (i32.const 0x1800000) (i32.const 0x1800000))
      (br $again))
    (i32.const 0)))

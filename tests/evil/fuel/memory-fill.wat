;; 54000: a few instructions for 48 MB of work each: fuel must count the bytes
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 0x300)
  (func $evil (export "evil") (result i32)
    (loop $again
      (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x3000000))
      (br $again))
    (i32.const 0)))

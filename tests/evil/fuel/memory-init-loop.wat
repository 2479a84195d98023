;; 54000: initializes 1 MB of memory from a passive segment again and again
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 32)
  (data $d "evil")
  (func $evil (export "evil") (result i32)
    (loop $again
      (memory.init $d (i32.const 0) (i32.const 0) (i32.const 4))
      (br $again))
    (i32.const 0)))

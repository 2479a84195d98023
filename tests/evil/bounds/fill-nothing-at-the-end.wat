;; 00000: fills nothing at the end of its memory, for which there is no block
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1 1)
  (data $none "")
  (func $evil (export "evil") (result i32)
    (memory.fill (i32.const 65536) (i32.const 1) (i32.const 0))
    (memory.copy (i32.const 65536) (i32.const 65536) (i32.const 0))
    (memory.init $none (i32.const 65536) (i32.const 0) (i32.const 0))
    (i32.const 0)))

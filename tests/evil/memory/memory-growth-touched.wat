;; 00000: writes to each page that it gets
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 0)
  (func $evil (export "evil") (result i32)
    (loop $again
      (if (i32.ne (i32.const -1) (memory.grow (i32.const 16))) (then
        (memory.fill (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 0x100000)) (i32.const 7) (i32.const 0x100000))
        (br $again))))
    (memory.size)))

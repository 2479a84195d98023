;; 00000: grows its memory to the limit, page by page: memory.grow says -1 there
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 0)
  (func $evil (export "evil") (result i32)
    (loop $again
      (br_if $again (i32.ne (i32.const -1) (memory.grow (i32.const 1)))))
    (memory.size)))

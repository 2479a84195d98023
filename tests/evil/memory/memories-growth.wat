;; 00000: grows four memories: the limit is one for all of them
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 0) (memory 0) (memory 0) (memory 0)
  (func $evil (export "evil") (result i32)
    (loop $again
      (br_if $again (i32.ne (i32.const -4) (i32.add (i32.add
        (memory.grow 0 (i32.const 1)) (memory.grow 1 (i32.const 1))) (i32.add
        (memory.grow 2 (i32.const 1)) (memory.grow 3 (i32.const 1)))))))
    (i32.add (i32.add (memory.size 0) (memory.size 1)) (i32.add (memory.size 2) (memory.size 3)))))

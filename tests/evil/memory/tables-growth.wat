;; 00000: grows four tables and a memory: the limit is one for all of them
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 0)
  (table $a 0 funcref) (table $b 0 externref) (table $c 0 anyref) (table $d 0 exnref)
  (func $evil (export "evil") (result i32)
    (loop $again
      (br_if $again (i32.ne (i32.const -5) (i32.add (memory.grow (i32.const 1)) (i32.add
        (i32.add (table.grow $a (ref.null func) (i32.const 4096)) (table.grow $b (ref.null extern) (i32.const 4096)))
        (i32.add (table.grow $c (ref.null any) (i32.const 4096)) (table.grow $d (ref.null exn) (i32.const 4096))))))))
    (i32.add (memory.size) (i32.shr_u (i32.add (i32.add (table.size $a) (table.size $b)) (i32.add (table.size $c) (table.size $d))) (i32.const 12)))))

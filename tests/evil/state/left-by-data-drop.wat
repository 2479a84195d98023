;; 00000: drops the data that the next call needs
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (memory 1)
  (data $d "\07")
  (func $evil (export "evil") (param i32) (result i32)
    (if (local.get 0) (then (data.drop $d) (return (i32.const 1))))
    (memory.init $d (i32.const 8) (i32.const 0) (i32.const 1))
    (if (i32.ne (i32.load (i32.const 8)) (i32.const 7)) (then unreachable))
    (i32.const 0)))

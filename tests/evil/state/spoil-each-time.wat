;; 00000: has each call cost a new instance of 60 MB, which its start function fills
;; CREATE FUNCTION evil() RETURNS int
;; SELECT sum(evil()) FROM generate_series(1, 5)
(module
  (memory 960)
  (func $start (memory.fill (i32.const 0) (i32.const 1) (i32.const 62914560)))
  (start $start)
  (func $evil (export "evil") (result i32)
    (drop (memory.grow (i32.const 0)))
    (i32.load (i32.const 8))))

;; 00000: fills 60 MB at once, and must find it zero each time
;; CREATE FUNCTION evil() RETURNS int
;; SELECT sum(evil()) FROM generate_series(1, 5)
(module
  (memory 960)
  (func $evil (export "evil") (result i32)
    (i32.add (i32.load (i32.const 0)) (i32.load (i32.const 62914556)))
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 62914560))))

;; 42P13: stores atomically, which nothing would mark
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1 1)
  (func $evil (export "evil") (result i32)
    (i32.atomic.rmw.add (i32.const 8) (i32.const 1))))

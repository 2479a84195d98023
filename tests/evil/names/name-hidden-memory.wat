;; 42P13: reads the memory behind its last one, which is the map of what it has touched
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1)
  (func $evil (export "evil") (result i32)
    (i32.store (i32.const 8) (i32.const 1))
    (i32.load 1 (i32.const 0))))

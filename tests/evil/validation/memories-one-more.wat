;; 42P13: has one memory more than it may
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1) (memory 1) (memory 1) (memory 1) (memory 1) (memory 1) (memory 1) (memory 1)
  (memory 1) (memory 1) (memory 1) (memory 1) (memory 1) (memory 1) (memory 1) (memory 1) (memory 1)
  (func $evil (export "evil") (result i32)
    (i32.store 16 (i32.const 8) (i32.const 1))
    (i32.load (i32.const 8))))

;; 42P13: puts the function behind its last one into a table
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1)
  (table funcref (elem 0 1))
  (func $evil (export "evil") (result i32)
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 8))
    (i32.const 0)))

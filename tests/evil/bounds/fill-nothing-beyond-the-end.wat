;; 38000: fills nothing one byte beyond the end of its memory
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1 1)
  (func $evil (export "evil") (result i32)
    (memory.fill (i32.const 65537) (i32.const 1) (i32.const 0))
    (i32.const 0)))

;; 00000: exports everything under names of nothing, of spaces and of controls
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory (export "") 1)
  (global (export " ") (mut i32) (i32.const 0))
  (table (export "\00") 1 funcref)
  (func (export "\7f"))
  (func $evil (export "evil") (export "\e2\80\8bevil") (result i32)
    (i32.store (i32.const 8) (i32.const 1))
    (i32.const 0)))

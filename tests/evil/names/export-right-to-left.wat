;; 42883: exports names that run from right to left, or have parts that cannot be seen
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func (export "\e2\80\aelive") (result i32) (i32.const 0))
  (func (export "ev\e2\81\a6il\e2\81\a9") (result i32) (i32.const 0))
  (func (export "\ef\bb\bfevil") (result i32) (i32.const 0)))

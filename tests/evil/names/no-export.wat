;; 42883: exports nothing
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func (result i32) (i32.const 0)))

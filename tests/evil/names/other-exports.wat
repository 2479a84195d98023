;; 42883: exports names that would write into a terminal or a log
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func (export "\1b[2J") (result i32) (i32.const 0))
  (func (export "a\0aCONTEXT:  fake") (result i32) (i32.const 0))
  (func (export "\e2\80\ae") (result i32) (i32.const 0)))

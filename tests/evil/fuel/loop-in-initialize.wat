;; 54000: loops for ever in _initialize
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func (export "_initialize") (loop $again (br $again)))
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

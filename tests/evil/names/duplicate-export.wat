;; 42P13: exports one name twice
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func (export "evil"))
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

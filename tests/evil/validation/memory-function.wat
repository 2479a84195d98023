;; 42P13: exports a function as memory
;; CREATE FUNCTION evil() RETURNS text
;; SELECT evil()
(module
  (func (export "memory"))
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

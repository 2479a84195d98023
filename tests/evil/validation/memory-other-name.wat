;; 42P13: exports its memory under another name
;; CREATE FUNCTION evil() RETURNS text
;; SELECT evil()
(module
  (memory (export "mem") 1)
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

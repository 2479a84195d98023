;; 22P02: returns text that is no network address, with characters that would write into a terminal
;; CREATE FUNCTION evil() RETURNS inet
;; SELECT evil()
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\00\00\00\0a\00\00\00\1b[2J\nERROR")
  (func $evil (export "evil") (result i32) (i32.const 0)))

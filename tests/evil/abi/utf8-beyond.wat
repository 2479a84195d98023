;; 39000: returns a character beyond the last
;; CREATE FUNCTION evil() RETURNS text
;; SELECT evil()
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\00\00\00\04\00\00\00\f4\90\80\80")
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

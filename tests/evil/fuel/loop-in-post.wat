;; 54000: loops for ever when its result has been read
;; CREATE FUNCTION evil() RETURNS text
;; SELECT evil()
(module
  (memory (export "memory") 1)
  (func (export "cabi_post_evil") (param i32) (loop $again (br $again)))
  (func $evil (export "evil") (result i32)
    (i32.const 8)))

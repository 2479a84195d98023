;; 54000: a loop that goes round by br_on_null
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $evil (export "evil") (result i32)
    (loop $again
      (br_on_null $again (ref.null func))
      drop)
    (i32.const 0)))

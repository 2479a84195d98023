;; 54000: loops for ever
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $evil (export "evil") (result i32)
    (loop $again (br $again))
    (i32.const 0)))

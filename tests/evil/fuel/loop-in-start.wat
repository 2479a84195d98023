;; 54000: loops for ever in its start function
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $start (loop $again (br $again)))
  (start $start)
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

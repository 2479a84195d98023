;; 54000: would catch that its fuel is used up
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $loop (loop $again (br $again)))
  (func $evil (export "evil") (result i32)
    (loop $again
      (block $caught (try_table (catch_all $caught) (call $loop)))
      (br $again))
    (i32.const 0)))

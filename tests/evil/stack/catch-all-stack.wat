;; 54001: would catch that its stack is used up
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $deep (result i32) (i32.add (call $deep) (i32.const 1)))
  (func $evil (export "evil") (result i32)
    (block $caught (try_table (catch_all $caught) (return (call $deep))))
    (i32.const 7)))

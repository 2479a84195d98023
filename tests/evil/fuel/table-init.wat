;; 54000: initializes a table again and again
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (table $t 16 funcref)
  (elem $e func $evil $evil $evil $evil $evil $evil $evil $evil $evil $evil $evil $evil $evil $evil $evil $evil)
  (func $evil (export "evil") (result i32)
    (loop $again
      (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 16))
      (br $again))
    (i32.const 0)))

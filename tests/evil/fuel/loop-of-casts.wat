;; 54000: a loop that goes round by br_on_cast
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $evil (export "evil") (result i32)
    (loop $again (result i32)
      (block $out (result anyref)
        (br_on_cast_fail $out anyref (ref i31) (ref.i31 (i32.const 1)))
        drop
        (br $again))
      drop
      (i32.const 0))))

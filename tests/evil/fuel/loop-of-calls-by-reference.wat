;; 54000: a loop that calls by reference
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (type $f (func))
  (func $none (type $f))
  (elem declare func $none)
  (func $evil (export "evil") (result i32)
    (loop $again (call_ref $f (ref.func $none)) (br $again))
    (i32.const 0)))

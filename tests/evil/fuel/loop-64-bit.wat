;; 54000: a loop that would end after 2^64 rounds, with a condition of 64 bits
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $evil (export "evil") (result i32) (local $i i64)
    (loop $again
      (local.set $i (i64.add (local.get $i) (i64.const 1)))
      (br_if $again (i64.ne (local.get $i) (i64.const 0))))
    (i32.const 0)))

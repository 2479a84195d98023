;; 54000: a loop of br_table alone
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $evil (export "evil") (result i32) (local $i i32)
    (block $out
      (loop $a
        (block $c
          (loop $b
            (br_table $a $b $c $out (i32.and (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1)))))
        (br $a)))
    (i32.const 0)))

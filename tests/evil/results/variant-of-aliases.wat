;; 54000: returns lists of variants within each other that all lie in one place, 4 to the power of 20 values
;; CREATE FUNCTION evil() RETURNS jsonb
;; SELECT evil()
(component
  (core module $m
    (memory (export "memory") 1)
    ;; each is the case "a" with the list of four that begins here
    (data (i32.const 8) "\00\00\00\00\08\00\00\00\04\00\00\00\00\00\00\00\08\00\00\00\04\00\00\00\00\00\00\00\08\00\00\00\04\00\00\00\00\00\00\00\08\00\00\00\04\00\00\00")
    (func (export "evil") (result i32) (i32.const 8)))
  (core instance $i (instantiate $m))
  (type $t0 (tuple u32 u32 u32))
  (type $t1 (result (list $t0))) (type $t2 (result (list $t1))) (type $t3 (result (list $t2))) (type $t4 (result (list $t3)))
  (type $t5 (result (list $t4))) (type $t6 (result (list $t5))) (type $t7 (result (list $t6))) (type $t8 (result (list $t7)))
  (type $t9 (result (list $t8))) (type $t10 (result (list $t9))) (type $t11 (result (list $t10))) (type $t12 (result (list $t11)))
  (type $t13 (result (list $t12))) (type $t14 (result (list $t13))) (type $t15 (result (list $t14))) (type $t16 (result (list $t15)))
  (type $t17 (result (list $t16))) (type $t18 (result (list $t17))) (type $t19 (result (list $t18))) (type $t20 (result (list $t19)))
  (func (export "evil") (result $t20) (canon lift (core func $i "evil") (memory (core memory $i "memory")))))

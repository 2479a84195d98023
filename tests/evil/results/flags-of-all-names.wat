;; 54000: returns two million sets of flags in 8 MB, each of which is an array of 32 texts
;; CREATE FUNCTION evil() RETURNS flagged[]
;; SELECT cardinality(evil())
(component
  (core module $m
    (memory (export "memory") 200)
    (func (export "evil") (result i32)
      (memory.fill (i32.const 8) (i32.const 255) (i32.const 8000000))
      (i32.store (i32.const 0) (i32.const 8))
      (i32.store (i32.const 4) (i32.const 2000000))
      (i32.const 0)))
  (core instance $i (instantiate $m))
  (type $set' (flags "a1" "a2" "a3" "a4" "a5" "a6" "a7" "a8" "b1" "b2" "b3" "b4" "b5" "b6" "b7" "b8"
                     "c1" "c2" "c3" "c4" "c5" "c6" "c7" "c8" "d1" "d2" "d3" "d4" "d5" "d6" "d7" "d8"))
  (export $set "set" (type $set'))
  (type $row' (record (field "f" $set)))
  (export $row "row" (type $row'))
  (func (export "evil") (result (list $row)) (canon lift (core func $i "evil") (memory (core memory $i "memory")))))

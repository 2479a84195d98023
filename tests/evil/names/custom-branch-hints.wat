;; 00000: has hints for branches that it does not have, and for places in the midst of instructions
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $evil (export "evil") (result i32)
    (if (i32.const 1) (then (return (i32.const 0))))
    (i32.const 7))
  (@custom "metadata.code.branch_hint" (before code) "\01\00\03\01\01\01\02\01\00\e4\ff\03\01\01"))

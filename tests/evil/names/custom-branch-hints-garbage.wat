;; 00000: has garbage where hints for branches would be
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $evil (export "evil") (result i32)
    (if (i32.const 1) (then (return (i32.const 0))))
    (i32.const 7))
  (@custom "metadata.code.branch_hint" (before code) "\ff\ff\ff\ff\0f\00evil"))

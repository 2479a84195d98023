;; 38000: writes before its memory, where a host keeps its own
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1)
  (func $evil (export "evil") (result i32)
    (i64.store (i32.const -8) (i64.const -1))
    (i32.const 0)))

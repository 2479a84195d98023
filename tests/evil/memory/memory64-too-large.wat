;; 53200: wants 1 TB to begin with
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory i64 0x1000000)
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

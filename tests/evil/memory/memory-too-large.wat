;; 53200: wants 4 GB to begin with
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 65536)
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

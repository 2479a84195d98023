;; 38000: has data that do not fit into its memory
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1)
  (data (i32.const 65535) "evil")
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

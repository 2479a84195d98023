;; 38000: throws from its start function
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (tag $tag)
  (func $start (throw $tag))
  (start $start)
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

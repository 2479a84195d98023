;; 38000: throws what nobody catches
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (tag $tag)
  (func $evil (export "evil") (result i32)
    (throw $tag)))

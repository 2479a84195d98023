;; 54001: calls itself from where it has caught an exception, for ever
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (tag $tag)
  (func $evil (export "evil") (result i32)
    (block $caught (try_table (catch $tag $caught) (throw $tag)))
    (i32.add (call $evil) (i32.const 1))))

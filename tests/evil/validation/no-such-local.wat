;; 42P13: reads a local that it does not have
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $evil (export "evil") (result i32)
    (local.get 7)))

;; 42P13: returns a reference
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $evil (export "evil") (result externref)
    (ref.null extern)))

;; 42P13: takes one result more from a function than it has: the fuel that is left
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $none)
  (func $evil (export "evil") (result i32)
    (call $none)
    (i32.wrap_i64)))

;; 22003: makes an integer of a float that is too large
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func $evil (export "evil") (result i32)
    (i32.trunc_f64_s (f64.const 1e300))))

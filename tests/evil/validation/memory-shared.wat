;; 42P13: has a memory shared with other threads
;; CREATE FUNCTION evil() RETURNS text
;; SELECT evil()
(module
  (memory (export "memory") 1 1 shared)
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

;; 54001: returns JSON with a million arrays within each other
;; CREATE FUNCTION evil() RETURNS jsonb
;; SELECT evil()
(module
  (memory (export "memory") 20)
  (func $evil (export "evil") (result i32)
    (memory.fill (i32.const 8) (i32.const 91) (i32.const 1000000))
    (i32.store (i32.const 0) (i32.const 8))
    (i32.store (i32.const 4) (i32.const 1000000))
    (i32.const 0)))

;; 38000: traps when it is asked for memory a third time
;; CREATE FUNCTION evil(text[]) RETURNS int
;; SELECT evil('{a,b,c,d}')
(module
  (memory (export "memory") 1)
  (global $calls (mut i32) (i32.const 0))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (if (i32.ge_u (global.get $calls) (i32.const 3)) (then unreachable))
    (i32.const 16))
  (func $evil (export "evil") (param i32 i32) (result i32) (local.get 1)))

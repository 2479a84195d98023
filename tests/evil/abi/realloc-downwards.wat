;; 00000: gives each string of a list a lower place, until it overlaps the list
;; CREATE FUNCTION evil(text[]) RETURNS int
;; SELECT evil(array_agg('evil'::text)) FROM generate_series(1, 1000) i
(module
  (memory (export "memory") 1)
  (global $at (mut i32) (i32.const 10000))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.set $at (i32.sub (global.get $at) (i32.const 8)))
    (global.get $at))
  (func $evil (export "evil") (param i32 i32) (result i32) (local.get 1)))

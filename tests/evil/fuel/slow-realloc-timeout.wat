;; 57014: takes a million instructions for each of a hundred thousand strings
;; CREATE FUNCTION evil(text[]) RETURNS int
;; SELECT set_config('plwasm.fuel', '1e11', true), evil(array_agg(i::text)) FROM generate_series(1, 100000) i
(module
  (memory (export "memory") 100)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $i i32)
    (loop $next
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 200000))))
    (i32.const 8))
  (func $evil (export "evil") (param i32 i32) (result i32) (i32.const 0)))

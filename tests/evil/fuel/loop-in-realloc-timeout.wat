;; 57014: loops with fuel for minutes when it is asked for memory a second time
;; CREATE FUNCTION evil(text, text) RETURNS int
;; SELECT set_config('plwasm.fuel', '1e11', true), evil('x', 'y')
(module
  (memory (export "memory") 1)
  (global $calls (mut i32) (i32.const 0))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (if (global.get $calls) (then (loop $again (br $again))))
    (global.set $calls (i32.const 1))
    (i32.const 8))
  (func $evil (export "evil") (param i32 i32 i32 i32) (result i32) (i32.const 0)))

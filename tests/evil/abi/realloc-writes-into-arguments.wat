;; 00000: writes over the first argument when it is asked for the second, which harms itself alone
;; CREATE FUNCTION evil(text, text) RETURNS int
;; SELECT evil('first', 'second')
(module
  (memory (export "memory") 1)
  (global $at (mut i32) (i32.const 16))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (memory.fill (i32.const 0) (i32.const 0xff) (i32.const 64))
    (global.set $at (i32.add (global.get $at) (i32.const 16)))
    (global.get $at))
  (func $evil (export "evil") (param i32 i32 i32 i32) (result i32)
    (i32.load8_u (local.get 0))))

;; 00000: stores in its allocator
;; CREATE FUNCTION evil(text) RETURNS int
;; SELECT nothing_left('SELECT evil(''x'')', 'SELECT evil('''')')
(module
  (memory (export "memory") 1)
  (global $calls (mut i32) (i32.const 0))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (i32.const 1)))
    (i32.const 16))
  (func $evil (export "evil") (param i32 i32) (result i32)
    (if (i32.gt_u (i32.or (global.get $calls) (i32.load (i32.const 8))) (i32.const 1)) (then unreachable))
    (local.get 1)))

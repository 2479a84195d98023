;; 00000: the same after a call that failed, whose argument was in memory that it had grown
;; CREATE FUNCTION evil(text) RETURNS int
;; SELECT nothing_left('SELECT evil(repeat(''secret '', 100000))', 'SELECT evil('''')')
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.shl (memory.grow (i32.const 16)) (i32.const 16)))
  (func $evil (export "evil") (param i32 i32) (result i32) (local $at i32)
    (if (local.get 1) (then unreachable))
    (if (i32.ne (memory.size) (i32.const 17)) (then unreachable))
    (loop $look
      (if (i32.load (local.get $at)) (then unreachable))
      (br_if $look (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 0x110000))))
    (i32.const 0)))

;; 00000: looks for the argument of another call in the memory that it exports, which is not its first
;; CREATE FUNCTION evil(text) RETURNS int
;; SELECT nothing_left('SELECT evil(repeat(''secret '', 1000))', 'SELECT evil('''')')
(module
  (memory 1)
  (memory $m (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0x3f0))
  (func $evil (export "evil") (param i32 i32) (result i32) (local $at i32)
    (if (local.get 1) (then (return (local.get 1))))
    (loop $look
      (if (i32.load8_u $m (local.get $at)) (then unreachable))
      (br_if $look (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 65536))))
    (i32.const 0)))

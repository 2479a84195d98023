;; 00000: copies within its memory, forwards and backwards, to where ranges overlap
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left()
(module
  (memory 1)
  (data (i32.const 0x100) "evil")
  (data $more "evil")
  (func $evil (export "evil") (param i32) (result i32) (local $at i32)
    (if (local.get 0) (then
      (memory.copy (i32.const 0x3fe) (i32.const 0x100) (i32.const 4))
      (memory.copy (i32.const 0x402) (i32.const 0x100) (i32.const 0x2000))
      (memory.copy (i32.const 0x0) (i32.const 0x100) (i32.const 0x1000))
      (memory.init $more (i32.const 0xfffc) (i32.const 0) (i32.const 4))
      (return (i32.const 1))))
    (if (i32.ne (i32.load (i32.const 0x100)) (i32.const 0x6c697665)) (then unreachable))
    (i32.store (i32.const 0x100) (i32.const 0))
    (loop $look
      (if (i32.load8_u (local.get $at)) (then unreachable))
      (br_if $look (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 65536))))
    (i32.const 0)))

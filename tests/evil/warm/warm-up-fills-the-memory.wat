;; 00000: its warm-up writes all memory that it gets, which becomes a state of 60 MB
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (@custom "plwasm:warm" "warm=prepare()")
  (memory 1)
  (func (export "prepare") (local i32)
    (drop (memory.grow (i32.const 959)))
    (memory.fill (i32.const 0) (i32.const 255) (i32.shl (memory.size) (i32.const 16))))
  (func (export "evil") (result i32)
    (i32.load (i32.const 62914556))))

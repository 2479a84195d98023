;; 00000: has variables, tables and tags where memory and functions of ours would be
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil() + evil()
(module
  (global (export "plwasm memory") (mut i32) (i32.const 0))
  (table (export "plwasm snapshot") 1 funcref)
  (tag (export "plwasm start"))
  (global (export "plwasm restored") (mut v128) (v128.const i64x2 0 0))
  (memory $m (export "plwasm last 0") 1)
  (func $evil (export "evil") (result i32)
    (i32.load (i32.const 60000))
    (i32.store (i32.const 60000) (i32.const 1))))

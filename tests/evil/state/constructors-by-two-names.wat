;; 00000: has _initialize run its constructors through a table, which must not run twice
;; CREATE FUNCTION evil() RETURNS int
;; SELECT 1 / (evil() - 2)
(module
  (global $n (mut i32) (i32.const 0))
  (table 1 funcref)
  (elem (i32.const 0) func $constructors)
  (func $constructors (export "__wasm_call_ctors")
    (global.set $n (i32.add (global.get $n) (i32.const 1))))
  (func (export "_initialize") (call_indirect (i32.const 0)))
  (func $evil (export "evil") (result i32)
    (global.get $n)))

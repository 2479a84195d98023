;; 38000: traps in constructors that nothing else runs
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func (export "__wasm_call_ctors") unreachable)
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

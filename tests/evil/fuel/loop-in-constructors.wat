;; 54000: loops for ever in constructors that nothing else runs
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (func (export "__wasm_call_ctors") (loop $again (br $again)))
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

;; 38000: has a constructor that returns a representation which lies nowhere
;; CREATE FUNCTION evil() RETURNS wasm.module
;; SELECT states_apart()
(module
  (memory 1)
  (func (export "[constructor]r") (param i32) (result i32) (i32.const -4))
  (func (export "[method]r.step") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
  (func (export "[method]r.finish") (param i32) (result i32) (i32.load (local.get 0))))

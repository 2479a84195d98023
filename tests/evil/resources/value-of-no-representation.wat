;; 38000: has a constructor that returns a representation which lies nowhere
;; CREATE FUNCTION evil() RETURNS wasm.module
;; SELECT with_resource('SELECT look(0, 0)')
(module
  (memory 1)
  (func (export "[constructor]r") (param i32) (result i32) (i32.const -4))
  (func (export "[method]r.look") (param i32 i32) (result i32) (i32.load (local.get 0))))

;; 0A000: imports the memory of the map, and the globals, by the names they are exported under
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (import "plwasm" "memory" (memory 1))
  (import "plwasm" "grow" (func (param i32) (result i32)))
  (func $evil (export "evil") (result i32) (i32.store (i32.const 0) (i32.const 0)) (i32.const 0)))

;; 54001: asks the host for fuel and memory where its stack is all but used up
;; CREATE FUNCTION evil() RETURNS int
;; SELECT evil()
(module
  (memory 1)
  (table $t 1 funcref)
  (tag $tag)
  (func $deep (param i32) (result i32)
    (drop (memory.grow (i32.const 0)))
    (drop (table.grow $t (ref.null func) (i32.const 0)))
    (block $caught (try_table (catch $tag $caught) (throw $tag)))
    (i32.add (call $deep (local.get 0)) (i32.const 1)))
  (func $evil (export "evil") (result i32) (call $deep (i32.const 0))))

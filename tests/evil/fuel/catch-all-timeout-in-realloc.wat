;; 57014: the same in its allocator
;; CREATE FUNCTION evil(text) RETURNS int
;; SELECT set_config('plwasm.fuel', '1e11', true), evil('x')
(module
  (memory (export "memory") 1)
  (tag $tag)
  (func $loop (loop $again (block $caught (try_table (catch_all $caught) (throw $tag))) (br $again)))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (loop $again (block $caught (try_table (catch_all $caught) (call $loop))) (br $again))
    (i32.const 8))
  (func $evil (export "evil") (param i32 i32) (result i32) (i32.const 0)))

;; 57014: the same when its result has been read
;; CREATE FUNCTION evil() RETURNS text
;; SELECT set_config('plwasm.fuel', '1e11', true), evil()
(module
  (memory (export "memory") 1)
  (tag $tag)
  (func $loop (loop $again (block $caught (try_table (catch_all $caught) (throw $tag))) (br $again)))
  (func (export "cabi_post_evil") (param i32)
    (loop $again (block $caught (try_table (catch_all $caught) (call $loop))) (br $again)))
  (func $evil (export "evil") (result i32) (i32.const 8)))

;; 57014: the same in its start function
;; CREATE FUNCTION evil() RETURNS int
;; SELECT set_config('plwasm.fuel', '1e11', true), evil()
(module
  (tag $tag)
  (func $loop (loop $again (block $caught (try_table (catch_all $caught) (throw $tag))) (br $again)))
  (func $start (loop $again (block $caught (try_table (catch_all $caught) (call $loop))) (br $again)))
  (start $start)
  (func $evil (export "evil") (result i32) (i32.const 0)))

;; 57014: would catch the timeout, in a loop of caught exceptions
;; CREATE FUNCTION evil() RETURNS int
;; SELECT set_config('plwasm.fuel', '1e11', true), evil()
(module
  (tag $tag)
  (func $loop (loop $again (block $caught (try_table (catch_all $caught) (throw $tag))) (br $again)))
  (func $evil (export "evil") (result i32)
    (loop $again
      (block $caught (try_table (catch_all $caught) (call $loop)))
      (br $again))
    (i32.const 0)))

;; 54000: throws what it caught, for ever
;; CREATE FUNCTION evil() RETURNS int
;; SELECT set_config('plwasm.fuel', '1e6', true), evil()
(module
  (tag $tag)
  (func $again (param exnref)
    (block $caught (result exnref)
      (try_table (catch_all_ref $caught) (throw_ref (local.get 0)))
      unreachable)
    (return_call $again))
  (func $evil (export "evil") (result i32)
    (block $caught (result exnref)
      (try_table (catch_all_ref $caught) (throw $tag))
      unreachable)
    (call $again)
    unreachable))

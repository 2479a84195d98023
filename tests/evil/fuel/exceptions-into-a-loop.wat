;; 54000: catches at the start of a loop: nothing but exceptions leads back
;; CREATE FUNCTION evil() RETURNS int
;; SELECT set_config('plwasm.fuel', '1e6', true), evil()
(module
  (tag $tag)
  (func $thrower (throw $tag))
  (func $evil (export "evil") (result i32)
    (loop $again
      (try_table (catch $tag $again) (call $thrower)))
    unreachable))

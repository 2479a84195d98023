;; 54000: throws and catches for ever, in one function
;; CREATE FUNCTION evil() RETURNS int
;; SELECT set_config('plwasm.fuel', '1e6', true), evil()
(module
  (tag $tag)
  (func $evil (export "evil") (result i32)
    (loop $again
      (block $caught
        (try_table (catch $tag $caught) (throw $tag)))
      (br $again))
    unreachable))

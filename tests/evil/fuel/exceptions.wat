;; 57014: throws and catches for ever, each through 1,000 frames
;; CREATE FUNCTION evil() RETURNS int
;; SELECT set_config('plwasm.fuel', '1e11', true), evil()
(module
  (tag $tag)
  (func $deep (param i32)
    (if (i32.eqz (local.get 0)) (then (throw $tag)))
    (call $deep (i32.sub (local.get 0) (i32.const 1))))
  (func $evil (export "evil") (result i32)
    (loop $again
      (block $caught (try_table (catch $tag $caught) (call $deep (i32.const 1000))))
      (br $again))
    (i32.const 0)))

;; 57014: calls without loops, 2 to the 100th of them
;; CREATE FUNCTION evil() RETURNS int
;; SELECT set_config('plwasm.fuel', '1e11', true), evil()
(module
  (func $twice (param i32)
    (if (local.get 0) (then
      (call $twice (i32.sub (local.get 0) (i32.const 1)))
      (call $twice (i32.sub (local.get 0) (i32.const 1))))))
  (func $evil (export "evil") (result i32)
    (call $twice (i32.const 100))
    (i32.const 0)))

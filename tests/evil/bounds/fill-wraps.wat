;; 38000: fills from 8 all the way round to 8
;; CREATE FUNCTION evil() RETURNS int
;; SELECT set_config('plwasm.fuel', '1e10', true), evil()
(module
  (memory 1 1)
  (func $evil (export "evil") (result i32)
    (memory.fill (i32.const 8) (i32.const 1) (i32.const -1))
    (i32.const 0)))

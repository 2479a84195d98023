;; 38000: fills a memory with 64-bit addresses from 8 all the way round to 8
;; CREATE FUNCTION evil() RETURNS int
;; SELECT set_config('plwasm.fuel', '0', true), set_config('plwasm.max_fuel', '0', true), evil()
(module
  (memory i64 1)
  (func $evil (export "evil") (result i32)
    (memory.fill (i64.const 8) (i32.const 1) (i64.const -1))
    (i32.const 0)))

;; 57014: fills 64 MB again and again with fuel for minutes: a timeout must stop it
;; CREATE FUNCTION evil() RETURNS int
;; SELECT set_config('plwasm.fuel', '1e11', true), set_config('plwasm.memory', '65MB', true), evil()
(module
  (memory 1024)
  (func $evil (export "evil") (result i32)
    (loop $again
      (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x4000000))
      (br $again))
    (i32.const 0)))

;; 57014: loops for ever with fuel for minutes: a timeout must stop it
;; CREATE FUNCTION evil() RETURNS int
;; SELECT set_config('plwasm.fuel', '1e11', true), evil()
(module
  (func $evil (export "evil") (result i32)
    (loop $again (br $again))
    (i32.const 0)))

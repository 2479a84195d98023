;; 57014: loops in its start function with fuel for minutes
;; CREATE FUNCTION evil() RETURNS int
;; SELECT set_config('plwasm.fuel', '1e11', true), evil()
(module
  (func $start (loop $again (br $again)))
  (start $start)
  (func $evil (export "evil") (result i32)
    (i32.const 0)))

;; 57014: loops in _initialize with fuel for minutes
;; CREATE FUNCTION evil() RETURNS int
;; SELECT set_config('plwasm.fuel', '1e11', true), evil()
(module
  (func (export "_initialize") (loop $again (br $again)))
  (func $evil (export "evil") (result i32) (i32.const 0)))

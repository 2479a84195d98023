;; 57014: makes garbage for ever
;; CREATE FUNCTION evil() RETURNS int
;; SELECT set_config('plwasm.fuel', '1e11', true), evil()
(module
  (type $pair (struct (field i32) (field i32)))
  (func $evil (export "evil") (result i32)
    (loop $again
      (drop (struct.new $pair (i32.const 1) (i32.const 2)))
      (br $again))
    (i32.const 0)))

;; 57014: copies references, each of which is counted, again and again
;; CREATE FUNCTION evil() RETURNS int
;; SELECT set_config('plwasm.fuel', '1e11', true), evil()
(module
  (type $refs (array (mut (ref null $refs))))
  (func $evil (export "evil") (result i32)
    (local $array (ref null $refs))
    (local.set $array (array.new_default $refs (i32.const 3000000)))
    (loop $again
      (array.copy $refs $refs (local.get $array) (i32.const 0) (local.get $array) (i32.const 1) (i32.const 2999999))
      (br $again))
    (i32.const 0)))

;; 57014: throws through a hundred handlers of other exceptions, for ever
;; CREATE FUNCTION evil() RETURNS int
;; SELECT set_config('plwasm.fuel', '1e11', true), evil()
(module
  (tag $tag)
  (tag $other)
  (func $throw (throw $tag))
  (func $f0 (block $no (try_table (catch $other $no) (catch $other $no) (catch $other $no) (catch $other $no) (call $throw))))
  (func $f1 (block $no (try_table (catch $other $no) (call $f0))))
  (func $f2 (block $no (try_table (catch $other $no) (call $f1))))
  (func $f3 (block $no (try_table (catch $other $no) (call $f2))))
  (func $f4 (block $no (try_table (catch $other $no) (call $f3))))
  (func $evil (export "evil") (result i32)
    (loop $again
      (block $caught (try_table (catch $tag $caught) (call $f4)))
      (br $again))
    (i32.const 0)))

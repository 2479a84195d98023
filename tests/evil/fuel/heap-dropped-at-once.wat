;; 57014: makes a list of a million objects and drops it, for ever
;; CREATE FUNCTION evil() RETURNS int
;; SELECT set_config('plwasm.fuel', '1e11', true), evil()
(module
  (type $node (struct (field (ref null $node))))
  (func $evil (export "evil") (result i32) (local $head (ref null $node)) (local $i i32)
    (loop $again
      (local.set $head (ref.null $node))
      (local.set $i (i32.const 0))
      (loop $next
        (local.set $head (struct.new $node (local.get $head)))
        (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000000))))
      (br $again))
    (i32.const 0)))

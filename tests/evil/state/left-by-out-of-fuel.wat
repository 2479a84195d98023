;; 00000: runs out of fuel at each of its instructions, between a store and whatever follows it
;; CREATE FUNCTION evil(boolean) RETURNS int
;; SELECT nothing_left($$SELECT string_agg(DISTINCT left(attempt(format('SELECT set_config(''plwasm.fuel'', ''%s'', true), evil(true)', n)), 5), ' ') FROM generate_series(1, 200) n$$, $$SELECT set_config('plwasm.fuel', '1e7', true), evil(false)$$)
(module
  (memory 1)
  (global $g (mut i32) (i32.const 0))
  (func $set (param i32) (global.set $g (local.get 0)))
  (func $evil (export "evil") (param i32) (result i32) (local $at i32)
    (if (local.get 0) (then
      (loop $next
        (call $set (i32.const 1))
        (i32.store (local.get $at) (i32.const -1))
        (memory.fill (i32.add (local.get $at) (i32.const 64)) (i32.const -1) (i32.const 16))
        (global.set $g (i32.add (global.get $g) (i32.const 1)))
        (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 0x1000))) (i32.const 0x6000))))
      (return (i32.const 1))))
    (if (global.get $g) (then unreachable))
    (loop $look
      (if (i32.load8_u (local.get $at)) (then unreachable))
      (br_if $look (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 65536))))
    (i32.const 0)))

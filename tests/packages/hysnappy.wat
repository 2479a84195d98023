;; hysnappy leaves the memory from 68,000 on to its caller, who must also compute the largest size of the output.
(module
  (import "guest" "memory" (memory 1))
  (import "guest" "compress" (func $compress (param $from i32) (param $length i32) (param $to i32) (result i32)))

  (func (export "compress") (param $data i32) (param $length i32) (result i32)
    (local $result i32)
    (local.set $result (call $allocate (i32.const 0) (i32.const 0) (i32.const 4)
      (i32.add (i32.const 40) (i32.add (local.get $length) (i32.div_u (local.get $length) (i32.const 6))))))
    (i32.store (local.get $result) (i32.add (local.get $result) (i32.const 8)))
    (i32.store offset=4 (local.get $result)
      (call $compress (local.get $data) (local.get $length) (i32.load (local.get $result))))
    (if (i32.lt_s (i32.load offset=4 (local.get $result)) (i32.const 0)) (then (unreachable)))
    (local.get $result))

  ;; Allocates arguments and results one after another. Nothing is freed, because memory is restored after each call.
  (global $free (mut i32) (i32.const 68000))
  (func $allocate (export "cabi_realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32) (local $pages i32)
    (local.set $at (global.get $free))
    (global.set $free (i32.add (local.get $at) (i32.and (i32.add (local.get $size) (i32.const 15)) (i32.const -16))))
    (local.set $pages
      (i32.sub (i32.shr_u (i32.add (global.get $free) (i32.const 65535)) (i32.const 16)) (memory.size)))
    (if (i32.gt_s (local.get $pages) (i32.const 0))
      (then (if (i32.eq (memory.grow (local.get $pages)) (i32.const -1)) (then (unreachable)))))
    (local.get $at))
)

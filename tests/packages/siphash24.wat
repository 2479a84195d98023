;; siphash24 reads the key at 8 and writes the hash, 8 bytes, to 0.
(module
  (import "guest" "memory" (memory 1))
  (import "guest" "siphash" (func $siphash (param $data i32) (param $length i32)))

  (func (export "siphash") (param $data i32) (param $length i32) (param $k0 i64) (param $k1 i64) (result i64)
    (i64.store (i32.const 8) (local.get $k0))
    (i64.store (i32.const 16) (local.get $k1))
    (call $siphash (local.get $data) (local.get $length))
    (i64.load (i32.const 0)))

  ;; Allocates arguments and results one after another. Nothing is freed, because memory is restored after each call.
  (global $free (mut i32) (i32.const 32))
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

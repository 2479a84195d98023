;; sha3-wasm keeps a sponge of 208 bytes at the address that the caller passes, here 0. 136 bytes of input (1,088 bits)
;; fill it. `absorb` returns where in a block it stopped; padding is appended there.
(module
  (import "guest" "memory" (memory 1))
  (import "guest" "init" (func $init (param $state i32) (param $bits i32) (param i32)))
  (import "guest" "absorb" (func $absorb (param $state i32) (param $from i32) (param $to i32) (result i32)))
  (import "guest" "pad" (func $pad (param $bits i32) (param $at i32) (param $length i32) (param $rule i32) (result i32)))
  (import "guest" "squeeze" (func $squeeze (param $state i32) (param $to i32) (param $length i32)))

  (func (export "sha3_256") (param $data i32) (param $length i32) (result i32)
    (call $hash (local.get $data) (local.get $length) (i32.const 0)))
  (func (export "keccak256") (param $data i32) (param $length i32) (result i32)
    (call $hash (local.get $data) (local.get $length) (i32.const 1)))

  (func $hash (param $data i32) (param $length i32) (param $rule i32) (result i32)
    (local $rest i32) (local $padding i32)
    (call $init (i32.const 0) (i32.const 1088) (i32.const 0))
    (local.set $rest (call $absorb (i32.const 0) (local.get $data) (i32.add (local.get $data) (local.get $length))))
    (memory.fill (i32.const 1024) (i32.const 0) (i32.const 512))
    (local.set $padding (call $pad (i32.const 1088) (i32.add (i32.const 1024) (local.get $rest)) (local.get $length) (local.get $rule)))
    (drop (call $absorb (i32.const 0) (i32.const 1024) (i32.add (i32.const 1024) (i32.add (local.get $rest) (local.get $padding)))))
    (call $squeeze (i32.const 0) (i32.const 1024) (i32.const 32))
    (i32.store (i32.const 512) (i32.const 1024))
    (i32.store (i32.const 516) (i32.const 32))
    (i32.const 512))

  ;; Allocates arguments and results one after another. Nothing is freed, because memory is restored after each call.
  (global $free (mut i32) (i32.const 2048))
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

;; tiny-secp256k1 reads its arguments at fixed addresses, which it exports, and needs a context. The context is made
;; once, when the module starts, and every call uses it. Making it takes random numbers, which protect a private key
;; against timing attacks. No key is private here.
(module
  (import "guest" "memory" (memory 1))
  (import "guest" "HASH_INPUT" (global $hash i32))
  (import "guest" "SIGNATURE_INPUT" (global $signature i32))
  (import "guest" "PUBLIC_KEY_INPUT" (global $key i32))
  (import "guest" "__heap_base" (global $heap i32))
  (import "guest" "initializeContext" (func $initialize))
  (import "guest" "verify" (func $verify (param $key_length i32) (param $strict i32) (result i32)))

  (start $initialize)

  (func (export "./rand.js#generateInt32") (result i32) (i32.const 4))
  (func (export "./validate_error.js#throwError") (param i32) (unreachable))

  (func (export "verify") (param $data i32) (param $length i32) (param $with i32) (param $size i32)
    (param $by i32) (param $by_size i32) (result i32)
    (if (i32.or (i32.ne (local.get $length) (i32.const 32)) (i32.ne (local.get $size) (i32.const 64))) (then (return (i32.const 0))))
    (if (i32.gt_u (local.get $by_size) (i32.const 65)) (then (return (i32.const 0))))
    (memory.copy (global.get $hash) (local.get $data) (i32.const 32))
    (memory.copy (global.get $signature) (local.get $with) (i32.const 64))
    (memory.copy (global.get $key) (local.get $by) (local.get $by_size))
    (call $verify (local.get $by_size) (i32.const 0)))
  ;; Allocates arguments and results one after another. Nothing is freed, because memory is restored after each call.
  (global $free (mut i32) (global.get $heap))
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

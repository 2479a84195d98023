;; Writes random numbers as bytes to the guest's memory.
(module $fill
  (import "guest" "memory" (memory 0))
  (import "random" "next" (func $next (result i64)))

  ;; If the bytes exceed the guest's memory, the writing itself traps, as it does where a host writes them.
  (func $fill (export "fill") (param $at i32) (param $length i32)
    (local $bits i64)
    (block $rest
      (loop $words
        (br_if $rest (i32.lt_u (local.get $length) (i32.const 8)))
        (i64.store align=1 (local.get $at) (call $next))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (local.set $length (i32.sub (local.get $length) (i32.const 8)))
        (br $words)))
    (if (i32.eqz (local.get $length))
      (then (return)))
    (local.set $bits (call $next))
    (loop $bytes
      (i64.store8 (local.get $at) (local.get $bits))
      (local.set $bits (i64.shr_u (local.get $bits) (i64.const 8)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $bytes (local.tee $length (i32.sub (local.get $length) (i32.const 1)))))))

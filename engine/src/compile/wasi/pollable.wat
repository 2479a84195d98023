;; Handles of pollables that become ready at a time.
;;
;; The handle is the time itself, so there is no table of handles that a guest could fill. It has six bits of exponent
;; and 22 of mantissa, and stays below the limit of 2^28 for handles. The time is rounded up: a guest that has waited
;; must never find that it is too early. An hour is rounded by less than a millisecond.
(module $pollable
  (import "clock" "elapsed" (func $elapsed (result i64)))
  (import "clock" "after" (func $after (param i64) (result i64)))

  ;; Smaller handles are other things. As pollables they are ready.
  (global $FIRST i32 (i32.const 16))

  ;; The end of time, as in clock.wat.
  (global $END i64 (i64.const 0x4000_0000_0000_0000))

  ;; A float whose exponent is 0.
  (global $ONE i32 (i32.const 0x3f80_0000))

  (func $of (export "of") (param $deadline i64) (result i32)
    (if (i64.gt_u (local.get $deadline) (global.get $END))
      (then (local.set $deadline (global.get $END))))
    ;; A float has no exponent for 0.
    (if (i64.eqz (local.get $deadline))
      (then (return (global.get $FIRST))))
    (i32.add
      (i32.add (global.get $FIRST) (i32.const 1))
      (i32.shr_u
        (i32.sub
          (i32.reinterpret_f32 (f32.convert_i64_u (local.get $deadline)))
          (global.get $ONE))
        (i32.const 1))))

  (func $deadline (export "deadline") (param $handle i32) (result i64)
    (local $deadline i64)
    (if (i32.le_u (local.get $handle) (global.get $FIRST))
      (then (return (i64.const 0))))
    ;; A number that is no handle stands for the end of time.
    (if (i32.gt_u (local.get $handle) (i32.const 0xfc0_0010))
      (then (return (global.get $END))))
    (local.set $deadline
      (i64.trunc_f32_u
        (f32.reinterpret_i32
          (i32.add
            (i32.shl (i32.sub (local.get $handle) (global.get $FIRST)) (i32.const 1))
            (global.get $ONE)))))
    (select
      (global.get $END)
      (local.get $deadline)
      (i64.gt_u (local.get $deadline) (global.get $END))))

  (func $ready (export "ready") (param $handle i32) (result i32)
    (i64.le_u (call $deadline (local.get $handle)) (call $elapsed))))

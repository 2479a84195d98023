;; The time of a call, in nanoseconds since the clock's start.
;;
;; It must never stand still: Go's runtime waits for it to move. It must never depend on anything except how often it
;; was read and how long the guest waited.
(module $clock
  ;; 146 years. No sum of this and a clock's start overflows a signed number, which Go's clocks use.
  (global $end i64 (i64.const 0x4000_0000_0000_0000))

  (global $elapsed (mut i64) (i64.const 0))

  ;; Returns the time, which is one microsecond later than at the last reading.
  (func $read (export "read") (result i64)
    (global.set $elapsed (i64.add (global.get $elapsed) (i64.const 1000)))
    (global.get $elapsed))

  ;; Returns the time without advancing it.
  (func $elapsed (export "elapsed") (result i64)
    (global.get $elapsed))

  ;; Returns the time that is `span` later, or the end of time.
  (func $after (export "after") (param $span i64) (result i64)
    (local $then i64)
    (local.set $then (i64.add (global.get $elapsed) (local.get $span)))
    (select
      (global.get $end)
      (local.get $then)
      (i32.or
        (i64.lt_u (local.get $then) (local.get $span))
        (i64.gt_u (local.get $then) (global.get $end)))))

  ;; Waiting takes no real time: it advances the clock.
  (func $wait (export "wait") (param $until i64)
    (if (i64.gt_u (local.get $until) (global.get $end))
      (then (local.set $until (global.get $end))))
    (if (i64.gt_u (local.get $until) (global.get $elapsed))
      (then (global.set $elapsed (local.get $until))))))

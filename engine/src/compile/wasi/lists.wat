;; WASI preview 2: the functions that return a list, for which the guest's allocator makes room.
;;
;; This module must never keep state: each function gets a copy of it.
(module $lists
  (import "guest" "memory" (memory 0))
  (import "guest" "cabi_realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
  (import "clock" "wait" (func $wait (param i64)))
  (import "pollable" "ready" (func $ready (param i32) (result i32)))
  (import "pollable" "deadline" (func $deadline (param i32) (result i64)))
  (import "fill" "fill" (func $fill (param i32 i32)))

  (func $allocate (param $align i32) (param $size i32) (result i32)
    (call $realloc (i32.const 0) (i32.const 0) (local.get $align) (local.get $size)))

  ;; Waits until one of the pollables is ready, and returns the positions of all that are ready.
  (func $poll (export "wasi:io/poll#poll") (param $handles i32) (param $count i32) (param $result i32)
    (local $i i32) (local $found i32) (local $first i64) (local $deadline i64) (local $list i32)
    (local.set $first (i64.const -1))
    ;; The specification requires a trap for an empty list.
    (if (i32.eqz (local.get $count))
      (then (unreachable)))
    (loop $next
      (local.set $deadline (call $deadline (call $handle (local.get $handles) (local.get $i))))
      (if (i64.lt_u (local.get $deadline) (local.get $first))
        (then (local.set $first (local.get $deadline))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $count))))
    (call $wait (local.get $first))
    (local.set $i (i32.const 0))
    (loop $next
      (local.set $found
        (i32.add
          (local.get $found)
          (call $ready (call $handle (local.get $handles) (local.get $i)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $count))))
    (local.set $list
      (call $allocate (i32.const 4) (i32.shl (local.get $found) (i32.const 2))))
    (i32.store (local.get $result) (local.get $list))
    (i32.store offset=4 (local.get $result) (local.get $found))
    (local.set $i (i32.const 0))
    (loop $next
      (if (call $ready (call $handle (local.get $handles) (local.get $i)))
        (then
          (i32.store (local.get $list) (local.get $i))
          (local.set $list (i32.add (local.get $list) (i32.const 4)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $count)))))

  (func $handle (param $handles i32) (param $i i32) (result i32)
    (i32.load (i32.add (local.get $handles) (i32.shl (local.get $i) (i32.const 2)))))

  (func $get_random_bytes (export "wasi:random/random#get-random-bytes")
    (param $length i64) (param $result i32)
    (local $at i32) (local $size i32)
    ;; More than any memory holds.
    (if (i64.gt_u (local.get $length) (i64.const 0xffff_ffff))
      (then (unreachable)))
    (local.set $size (i32.wrap_i64 (local.get $length)))
    (local.set $at (call $allocate (i32.const 1) (local.get $size)))
    (call $fill (local.get $at) (local.get $size))
    (i32.store (local.get $result) (local.get $at))
    (i32.store offset=4 (local.get $result) (local.get $size)))

  (func $get_insecure_random_bytes (export "wasi:random/insecure#get-insecure-random-bytes")
    (param $length i64) (param $result i32)
    (call $get_random_bytes (local.get $length) (local.get $result)))

  ;; UTC, at any time.
  (func $display (export "wasi:clocks/timezone#display")
    (param $seconds i64) (param $nanoseconds i32) (param $result i32)
    (local $name i32)
    (local.set $name (call $allocate (i32.const 1) (i32.const 3)))
    (i32.store16 align=1 (local.get $name) (i32.const 0x5455))
    (i32.store8 offset=2 (local.get $name) (i32.const 0x43))
    (i32.store (local.get $result) (i32.const 0))
    (i32.store offset=4 (local.get $result) (local.get $name))
    (i32.store offset=8 (local.get $result) (i32.const 3))
    (i32.store8 offset=12 (local.get $result) (i32.const 0))))

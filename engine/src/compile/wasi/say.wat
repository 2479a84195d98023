;; Copies what a guest says to the memory of `messages`, and the interface `plwasm:host/log`.
;;
;; This module must never keep state of its own, and must never write to the guest's memory.
(module $say
  (import "guest" "memory" (memory $guest 0))
  (import "messages" "memory" (memory $messages 2 2))

  ;; The size of the ring buffer, which is also the place of the number of bytes said.
  (global $SIZE i32 (i32.const 0x1_0000))
  (global $LAST i32 (i32.const 0xffff))

  ;; Traps unless all bytes are in bounds. No bytes are never out of bounds, as libc passes null with them.
  (func $check (param $at i32) (param $length i32)
    (local $end i32)
    (if (i32.eqz (local.get $length))
      (then (return)))
    (local.set $end (i32.sub (i32.add (local.get $at) (local.get $length)) (i32.const 1)))
    ;; The last byte is beyond 4 GiB, and this is out of bounds in any memory.
    (if (i32.lt_u (local.get $end) (local.get $at))
      (then (drop (i32.load8_u $guest offset=0xffff_ffff (i32.const 1)))))
    (drop (i32.load8_u $guest (local.get $end))))

  ;; Says bytes of the guest's memory.
  (func $write (export "write") (param $at i32) (param $length i32)
    (local $said i64) (local $skipped i32) (local $first i32)
    (call $check (local.get $at) (local.get $length))
    (if (i32.eqz (local.get $length))
      (then (return)))
    (local.set $said (i64.load $messages (global.get $SIZE)))
    ;; Only the last bytes would stay.
    (if (i32.gt_u (local.get $length) (global.get $SIZE))
      (then
        (local.set $skipped (i32.sub (local.get $length) (global.get $SIZE)))
        (local.set $said (i64.add (local.get $said) (i64.extend_i32_u (local.get $skipped))))
        (local.set $at (i32.add (local.get $at) (local.get $skipped)))
        (local.set $length (global.get $SIZE))))
    ;; The bytes up to the end of the ring buffer, and then those at its start.
    (local.set $first
      (i32.sub
        (global.get $SIZE)
        (i32.and (i32.wrap_i64 (local.get $said)) (global.get $LAST))))
    (if (i32.gt_u (local.get $first) (local.get $length))
      (then (local.set $first (local.get $length))))
    (memory.copy $messages $guest
      (i32.and (i32.wrap_i64 (local.get $said)) (global.get $LAST))
      (local.get $at)
      (local.get $first))
    (memory.copy $messages $guest
      (i32.const 0)
      (i32.add (local.get $at) (local.get $first))
      (i32.sub (local.get $length) (local.get $first)))
    (i64.store $messages (global.get $SIZE)
      (i64.add (local.get $said) (i64.extend_i32_u (local.get $length)))))

  (func $byte (param $byte i32)
    (local $said i64)
    (local.set $said (i64.load $messages (global.get $SIZE)))
    (i32.store8 $messages
      (i32.and (i32.wrap_i64 (local.get $said)) (global.get $LAST))
      (local.get $byte))
    (i64.store $messages (global.get $SIZE) (i64.add (local.get $said) (i64.const 1))))

  ;; Says up to eight bytes, the lowest first.
  (func $word (param $bytes i64)
    (loop $next
      (call $byte (i32.and (i32.wrap_i64 (local.get $bytes)) (i32.const 0xff)))
      (local.set $bytes (i64.shr_u (local.get $bytes) (i64.const 8)))
      (br_if $next (i64.ne (local.get $bytes) (i64.const 0)))))

  ;; Ends the line that has begun, if one has.
  (func $end_line
    (local $said i64)
    (local.set $said (i64.load $messages (global.get $SIZE)))
    (if (i64.eqz (local.get $said))
      (then (return)))
    (if (i32.ne
          (i32.load8_u $messages
            (i32.and
              (i32.sub (i32.wrap_i64 (local.get $said)) (i32.const 1))
              (global.get $LAST)))
          (i32.const 10))
      (then (call $byte (i32.const 10)))))

  ;; Says a message as lines of their own, the first of which begins with the level.
  (func $log (export "plwasm:host/log#log") (param $level i32) (param $at i32) (param $length i32)
    ;; It is no case of the enum.
    (if (i32.gt_u (local.get $level) (i32.const 3))
      (then (unreachable)))
    (call $check (local.get $at) (local.get $length))
    (call $end_line)
    (block $named
      (block $warning
        (block $notice
          (block $info
            (block $debug
              (br_table $debug $info $notice $warning (local.get $level)))
            (call $word (i64.const 0x67_7562_6564)) ;; debug
            (br $named))
          (call $word (i64.const 0x6f66_6e69)) ;; info
          (br $named))
        (call $word (i64.const 0x6563_6974_6f6e)) ;; notice
        (br $named))
      (call $word (i64.const 0x67_6e69_6e72_6177))) ;; warning
    (call $word (i64.const 0x203a)) ;; a colon and a space
    (call $write (local.get $at) (local.get $length))
    (call $byte (i32.const 10))))

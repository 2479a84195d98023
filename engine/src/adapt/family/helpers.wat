;; Functions that the shims of families share. `text.rs` takes the paragraphs whose names occur in a shim, and those
;; whose names occur in them.

;; The state of the random numbers of a call, the same numbers as in `wasi/random.wat`.
(global $random_state (mut i64) (i64.const 0x504c_2f57_6173_6d21))

(func $random (result i64)
  (local $z i64)
  (global.set $random_state (i64.add (global.get $random_state) (i64.const 0x9e37_79b9_7f4a_7c15)))
  (local.set $z (global.get $random_state))
  (local.set $z
    (i64.mul
      (i64.xor (local.get $z) (i64.shr_u (local.get $z) (i64.const 30)))
      (i64.const 0xbf58_476d_1ce4_e5b9)))
  (local.set $z
    (i64.mul
      (i64.xor (local.get $z) (i64.shr_u (local.get $z) (i64.const 27)))
      (i64.const 0x94d0_49bb_1331_11eb)))
  (i64.xor (local.get $z) (i64.shr_u (local.get $z) (i64.const 31))))

;; Returns a random number of at least 0 and less than 1.
(func $random_fraction (result f64)
  (f64.mul
    (f64.convert_i64_u (i64.shr_u (call $random) (i64.const 11)))
    (f64.const 0x1p-53)))

;; Writes random bytes.
(func $random_bytes (param $at i32) (param $length i32)
  (local $end i32)
  (local.set $end (i32.add (local.get $at) (local.get $length)))
  (loop $next
    (if (i32.ne (local.get $at) (local.get $end))
      (then
        (i32.store8 (local.get $at) (i32.wrap_i64 (call $random)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))))

;; Milliseconds that have passed. Each reading of a clock adds one thousandth.
(global $passed (mut f64) (f64.const 0))

;; Returns milliseconds since 1970. A call begins at 2000-01-01 00:00:00 UTC, as in `wasi/clock.wat`.
(func $now (result f64)
  (global.set $passed (f64.add (global.get $passed) (f64.const 0.001)))
  (f64.add (f64.const 946684800000) (global.get $passed)))

;; Returns milliseconds of a clock that only advances.
(func $monotonic (result f64)
  (f64.sub (call $now) (f64.const 946684799000)))

;; The address at which a message's address and length lie. It lies outside the memory while there is no message.
(global $message (export "plwasm_panic_message") (mut i32) (i32.const -1))

(global $text_at (mut i32) (i32.const 0))

(global $text_length (mut i32) (i32.const 0))

;; Returns how many of the bytes that begin at an address lie in the memory, at most 2000.
(func $within (param $at i32) (param $length i32) (result i32)
  (local $rest i64)
  (local.set $rest
    (i64.sub
      (i64.shl (i64.extend_i32_u (memory.size)) (i64.const 16))
      (i64.extend_i32_u (local.get $at))))
  (if (i64.le_s (local.get $rest) (i64.const 0)) (then (return (i32.const 0))))
  (if (i32.gt_u (local.get $length) (i32.const 2000)) (then (local.set $length (i32.const 2000))))
  (if (i64.gt_u (i64.extend_i32_u (local.get $length)) (local.get $rest))
    (then (local.set $length (i32.wrap_i64 (local.get $rest)))))
  (local.get $length))

(func $is_apart (param $at i32) (param $other i32) (param $length i32) (result i32)
  (i32.or
    (i32.ge_u (local.get $other) (i32.add (local.get $at) (i32.const 1024)))
    (i32.le_u (i32.add (local.get $other) (local.get $length)) (local.get $at))))

;; Begins a text in a kilobyte of the memory that overlaps neither of the two texts of which it is made. What was
;; there is lost, but the guest does not run any more.
(func $begin (param $a i32) (param $a_length i32) (param $b i32) (param $b_length i32)
  (local $at i32)
  (block $found
    (loop $next
      (br_if $found
        (i32.and
          (call $is_apart (local.get $at) (local.get $a) (local.get $a_length))
          (call $is_apart (local.get $at) (local.get $b) (local.get $b_length))))
      (local.set $at (i32.add (local.get $at) (i32.const 1024)))
      (br_if $next (i32.lt_u (i32.shr_u (local.get $at) (i32.const 16)) (memory.size))))
    (local.set $at (i32.const 0)))
  (global.set $text_at (local.get $at))
  (global.set $text_length (i32.const 0)))

(func $byte (param $byte i32)
  (if (i32.ge_u (global.get $text_length) (i32.const 1000)) (then (return)))
  (i32.store8 offset=8
    (i32.add (global.get $text_at) (global.get $text_length))
    (local.get $byte))
  (global.set $text_length (i32.add (global.get $text_length) (i32.const 1))))

;; Appends a character in UTF-8.
(func $char (param $c i32)
  (if (i32.lt_u (local.get $c) (i32.const 0x80))
    (then (call $byte (local.get $c)) (return)))
  (if (i32.lt_u (local.get $c) (i32.const 0x800))
    (then (call $byte (i32.or (i32.const 0xc0) (i32.shr_u (local.get $c) (i32.const 6)))))
    (else
      (if (i32.lt_u (local.get $c) (i32.const 0x10000))
        (then (call $byte (i32.or (i32.const 0xe0) (i32.shr_u (local.get $c) (i32.const 12)))))
        (else
          (call $byte (i32.or (i32.const 0xf0) (i32.shr_u (local.get $c) (i32.const 18))))
          (call $more (i32.shr_u (local.get $c) (i32.const 12)))))
      (call $more (i32.shr_u (local.get $c) (i32.const 6)))))
  (call $more (local.get $c)))

;; Appends a continuation byte of a character, which holds six of its bits.
(func $more (param $bits i32)
  (call $byte (i32.or (i32.const 0x80) (i32.and (local.get $bits) (i32.const 0x3f)))))

;; Appends a number in decimal digits.
(func $number (param $n i32)
  (if (i32.gt_u (local.get $n) (i32.const 9))
    (then (call $number (i32.div_u (local.get $n) (i32.const 10)))))
  (call $byte (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10)))))

;; Returns the character at an address of a text in UTF-16 that ends at `$end`. An unpaired surrogate is returned as
;; U+FFFD.
(func $utf16_char (param $at i32) (param $end i32) (result i32)
  (local $c i32) (local $low i32)
  (local.set $c (i32.load16_u (local.get $at)))
  (if (i32.ne (i32.and (local.get $c) (i32.const 0xf800)) (i32.const 0xd800))
    (then (return (local.get $c))))
  (local.set $at (i32.add (local.get $at) (i32.const 2)))
  (if (i32.lt_u (local.get $at) (local.get $end))
    (then (local.set $low (i32.load16_u (local.get $at)))))
  (if
    (i32.and
      (i32.lt_u (local.get $c) (i32.const 0xdc00))
      (i32.eq (i32.and (local.get $low) (i32.const 0xfc00)) (i32.const 0xdc00)))
    (then
      (return
        (i32.add
          (i32.add
            (i32.shl (i32.and (local.get $c) (i32.const 0x3ff)) (i32.const 10))
            (i32.and (local.get $low) (i32.const 0x3ff)))
          (i32.const 0x10000)))))
  (i32.const 0xfffd))

;; Returns the number of bytes of a character in UTF-16.
(func $utf16_size (param $c i32) (result i32)
  (i32.shl
    (i32.add (i32.const 1) (i32.ge_u (local.get $c) (i32.const 0x10000)))
    (i32.const 1)))

;; Appends a text in UTF-16 of that many bytes.
(func $utf16 (param $at i32) (param $length i32)
  (local $end i32) (local $c i32)
  (local.set $end (i32.add (local.get $at) (i32.and (local.get $length) (i32.const -2))))
  (loop $next
    (if (i32.ge_u (local.get $at) (local.get $end)) (then (return)))
    (local.set $c (call $utf16_char (local.get $at) (local.get $end)))
    (local.set $at (i32.add (local.get $at) (call $utf16_size (local.get $c))))
    (call $char (local.get $c))
    (br $next)))

;; Appends bytes as they are.
(func $bytes (param $at i32) (param $length i32)
  (loop $next
    (if (i32.eqz (local.get $length)) (then (return)))
    (call $byte (i32.load8_u (local.get $at)))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (local.set $length (i32.sub (local.get $length) (i32.const 1)))
    (br $next)))

;; Returns the length of a text that ends with a zero byte, as far as it is shown. Returns 0 for address 0, which is
;; NULL in C.
(func $c_length (param $at i32) (result i32)
  (local $most i32) (local $length i32)
  (if (i32.eqz (local.get $at)) (then (return (i32.const 0))))
  (local.set $most (call $within (local.get $at) (i32.const 1000)))
  (loop $next
    (if (i32.eq (local.get $length) (local.get $most)) (then (return (local.get $length))))
    (if (i32.load8_u (i32.add (local.get $at) (local.get $length)))
      (then
        (local.set $length (i32.add (local.get $length) (i32.const 1)))
        (br $next))))
  (local.get $length))

;; Returns the length of one of AssemblyScript's strings in bytes, which is stored before the string.
(func $as_length (param $at i32) (result i32)
  (if (i32.lt_u (local.get $at) (i32.const 20)) (then (return (i32.const 0))))
  (if (i32.eqz (call $within (local.get $at) (i32.const 1))) (then (return (i32.const 0))))
  (call $within (local.get $at) (i32.load (i32.sub (local.get $at) (i32.const 4)))))

;; Ends the text and the call. The engine finds the text where `plwasm_panic_message` points.
(func $panic
  (i32.store (global.get $text_at) (i32.add (global.get $text_at) (i32.const 8)))
  (i32.store offset=4 (global.get $text_at) (global.get $text_length))
  (global.set $message (global.get $text_at))
  (unreachable))

;; Ends the call with a message that consists of bytes of the memory.
(func $panic_bytes (param $at i32) (param $length i32)
  (local.set $length (call $within (local.get $at) (local.get $length)))
  (call $begin (local.get $at) (local.get $length) (i32.const 0) (i32.const 0))
  (call $bytes (local.get $at) (local.get $length))
  (call $panic))

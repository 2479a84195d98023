;; Strings of AssemblyScript. `$new`, `$pin` and `$string_id` are the guest's. `$realloc` pins the objects that it
;; makes.

;; Returns the number of bytes of a character in UTF-8, by its first byte.
(func $as_sequence (param $first i32) (result i32)
  (i32.add
    (i32.add (i32.const 1) (i32.ge_u (local.get $first) (i32.const 0xc0)))
    (i32.add
      (i32.ge_u (local.get $first) (i32.const 0xe0))
      (i32.ge_u (local.get $first) (i32.const 0xf0)))))

;; Returns a pinned string made of UTF-8.
(func $as_string (param $at i32) (param $length i32) (result i32)
  (local $end i32) (local $from i32) (local $c i32) (local $units i32) (local $string i32)
  (local $to i32) (local $size i32) (local $left i32)
  (local.set $end (i32.add (local.get $at) (local.get $length)))
  (local.set $from (local.get $at))
  (block $counted
    (loop $next
      (br_if $counted (i32.ge_u (local.get $from) (local.get $end)))
      (local.set $size (call $as_sequence (i32.load8_u (local.get $from))))
      (local.set $from (i32.add (local.get $from) (local.get $size)))
      (local.set $units
        (i32.add (local.get $units)
          (i32.add (i32.const 1) (i32.eq (local.get $size) (i32.const 4)))))
      (br $next)))
  (local.set $string
    (call $pin (call $new (i32.shl (local.get $units) (i32.const 1)) (global.get $string_id))))
  (if (i32.eqz (local.get $string)) (then (unreachable)))
  (local.set $to (local.get $string))
  (loop $next
    (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (local.get $string))))
    (local.set $c (i32.load8_u (local.get $at)))
    (local.set $size (call $as_sequence (local.get $c)))
    ;; The bits of the first byte that belong to the character.
    (if (i32.gt_u (local.get $size) (i32.const 1))
      (then
        (local.set $c
          (i32.and (local.get $c) (i32.shr_u (i32.const 0x7f) (local.get $size))))))
    (local.set $left (i32.sub (local.get $size) (i32.const 1)))
    (block $whole
      (loop $more_bytes
        (br_if $whole (i32.eqz (local.get $left)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (local.set $c
          (i32.or
            (i32.shl (local.get $c) (i32.const 6))
            (i32.and (i32.load8_u (local.get $at)) (i32.const 0x3f))))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $more_bytes)))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (if (i32.eq (local.get $size) (i32.const 4))
      (then
        (local.set $c (i32.sub (local.get $c) (i32.const 0x10000)))
        (i32.store16 (local.get $to)
          (i32.or (i32.const 0xd800) (i32.and (i32.shr_u (local.get $c) (i32.const 10)) (i32.const 0x3ff))))
        (i32.store16 offset=2 (local.get $to)
          (i32.or (i32.const 0xdc00) (i32.and (local.get $c) (i32.const 0x3ff))))
        (local.set $to (i32.add (local.get $to) (i32.const 4))))
      (else
        (i32.store16 (local.get $to) (local.get $c))
        (local.set $to (i32.add (local.get $to) (i32.const 2)))))
    (br $next))
  (unreachable))

;; Returns the number of bytes of a character in UTF-8.
(func $as_size (param $c i32) (result i32)
  (i32.add
    (i32.add (i32.const 1) (i32.ge_u (local.get $c) (i32.const 0x80)))
    (i32.add
      (i32.ge_u (local.get $c) (i32.const 0x800))
      (i32.ge_u (local.get $c) (i32.const 0x10000)))))

;; Writes a character in UTF-8, the last byte first.
(func $as_put (param $at i32) (param $c i32) (param $size i32)
  (local $last i32)
  (if (i32.eq (local.get $size) (i32.const 1))
    (then (i32.store8 (local.get $at) (local.get $c)) (return)))
  (local.set $last (i32.sub (local.get $size) (i32.const 1)))
  (loop $next
    (i32.store8
      (i32.add (local.get $at) (local.get $last))
      (i32.or (i32.const 0x80) (i32.and (local.get $c) (i32.const 0x3f))))
    (local.set $c (i32.shr_u (local.get $c) (i32.const 6)))
    (local.set $last (i32.sub (local.get $last) (i32.const 1)))
    (br_if $next (local.get $last)))
  ;; 0xc0, 0xe0 or 0xf0, and the remaining bits.
  (i32.store8 (local.get $at)
    (i32.or (local.get $c) (i32.shr_s (i32.const -128) (i32.sub (local.get $size) (i32.const 1))))))

;; Returns the address of a string's UTF-8 address and length. Traps if the string is `null`, or does not lie in the
;; memory as a whole.
(func $as_result (param $string i32) (result i32)
  (local $length i32) (local $end i32) (local $from i32) (local $c i32) (local $size i64)
  (local $bytes_at i32) (local $to i32) (local $result i32)
  (if (i32.lt_u (local.get $string) (i32.const 20)) (then (unreachable)))
  (local.set $length (i32.and (i32.load (i32.sub (local.get $string) (i32.const 4))) (i32.const -2)))
  (if
    (i64.gt_u
      (i64.add (i64.extend_i32_u (local.get $string)) (i64.extend_i32_u (local.get $length)))
      (i64.shl (i64.extend_i32_u (memory.size)) (i64.const 16)))
    (then (unreachable)))
  ;; Allocating here must not let the guest's garbage collector free the string. A pinned object has the color 3, and
  ;; must not be pinned twice.
  (if
    (i32.ne
      (i32.and (i32.load (i32.sub (local.get $string) (i32.const 16))) (i32.const 3))
      (i32.const 3))
    (then (drop (call $pin (local.get $string)))))
  (local.set $end (i32.add (local.get $string) (local.get $length)))
  (local.set $from (local.get $string))
  (block $counted
    (loop $next
      (br_if $counted (i32.ge_u (local.get $from) (local.get $end)))
      (local.set $c (call $utf16_char (local.get $from) (local.get $end)))
      (local.set $from (i32.add (local.get $from) (call $utf16_size (local.get $c))))
      (local.set $size
        (i64.add (local.get $size) (i64.extend_i32_u (call $as_size (local.get $c)))))
      (br $next)))
  (if (i64.gt_u (local.get $size) (i64.const 0x7fffffff)) (then (unreachable)))
  (local.set $bytes_at
    (call $realloc (i32.const 0) (i32.const 0) (i32.const 1) (i32.wrap_i64 (local.get $size))))
  (local.set $to (local.get $bytes_at))
  (local.set $from (local.get $string))
  (block $written
    (loop $next
      (br_if $written (i32.ge_u (local.get $from) (local.get $end)))
      (local.set $c (call $utf16_char (local.get $from) (local.get $end)))
      (local.set $from (i32.add (local.get $from) (call $utf16_size (local.get $c))))
      (call $as_put (local.get $to) (local.get $c) (call $as_size (local.get $c)))
      (local.set $to (i32.add (local.get $to) (call $as_size (local.get $c))))
      (br $next)))
  (local.set $result (call $realloc (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 8)))
  (i32.store (local.get $result) (local.get $bytes_at))
  (i32.store offset=4 (local.get $result) (i32.wrap_i64 (local.get $size)))
  (local.get $result))

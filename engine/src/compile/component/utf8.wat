;; Copies a string from the memory of one component to that of another to which it is passed. It must never let bytes
;; through that are not UTF-8. Both ranges have been checked to be in bounds.
(module $utf8
  (import "memory" "from" (memory $from 0))
  (import "memory" "to" (memory $to 0))

  (func (export "copy utf8") (param $source i32) (param $length i32) (param $target i32)
    (call $check (local.get $source) (i32.add (local.get $source) (local.get $length)))
    (memory.copy $to $from (local.get $target) (local.get $source) (local.get $length)))

  ;; Traps if bytes are not UTF-8.
  (func $check (param $at i32) (param $end i32)
    (block $done
      (loop $next
        ;; Checks eight bytes of ASCII at once. The end may be 2^32, which is stored as 0.
        (block $slow
          (br_if $slow
            (i32.lt_u (i32.sub (local.get $end) (local.get $at)) (i32.const 8)))
          (br_if $slow
            (i64.ne
              (i64.and
                (i64.load $from align=1 (local.get $at))
                (i64.const 0x8080808080808080))
              (i64.const 0)))
          (local.set $at (i32.add (local.get $at) (i32.const 8)))
          (br $next))
        (br_if $done (i32.eq (local.get $at) (local.get $end)))
        (local.set $at (call $character (local.get $at) (local.get $end)))
        (br $next))))

  ;; Returns the address of the next character.
  (func $character (param $at i32) (param $end i32) (result i32)
    (local $byte i32) (local $code i32) (local $least i32) (local $more i32)
    (local.set $byte (i32.load8_u $from (local.get $at)))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (if (i32.lt_u (local.get $byte) (i32.const 0x80))
      (then (return (local.get $at))))
    (if (i32.eq (i32.and (local.get $byte) (i32.const 0xe0)) (i32.const 0xc0))
      (then
        (local.set $code (i32.and (local.get $byte) (i32.const 0x1f)))
        (local.set $least (i32.const 0x80))
        (local.set $more (i32.const 1)))
      (else (if (i32.eq (i32.and (local.get $byte) (i32.const 0xf0)) (i32.const 0xe0))
        (then
          (local.set $code (i32.and (local.get $byte) (i32.const 0x0f)))
          (local.set $least (i32.const 0x800))
          (local.set $more (i32.const 2)))
        (else (if (i32.eq (i32.and (local.get $byte) (i32.const 0xf8)) (i32.const 0xf0))
          (then
            (local.set $code (i32.and (local.get $byte) (i32.const 0x07)))
            (local.set $least (i32.const 0x10000))
            (local.set $more (i32.const 3)))
          (else (unreachable)))))))
    (if (i32.lt_u (i32.sub (local.get $end) (local.get $at)) (local.get $more))
      (then (unreachable)))
    (loop $next
      (local.set $byte (i32.load8_u $from (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (if (i32.ne (i32.and (local.get $byte) (i32.const 0xc0)) (i32.const 0x80))
        (then (unreachable)))
      (local.set $code
        (i32.or
          (i32.shl (local.get $code) (i32.const 6))
          (i32.and (local.get $byte) (i32.const 0x3f))))
      (br_if $next (local.tee $more (i32.sub (local.get $more) (i32.const 1)))))
    ;; Refuses overlong encodings, surrogates, and code points beyond Unicode.
    (if (i32.lt_u (local.get $code) (local.get $least)) (then (unreachable)))
    (if (i32.eq (i32.and (local.get $code) (i32.const 0xfffff800)) (i32.const 0xd800))
      (then (unreachable)))
    (if (i32.gt_u (local.get $code) (i32.const 0x10ffff)) (then (unreachable)))
    (local.get $at)))

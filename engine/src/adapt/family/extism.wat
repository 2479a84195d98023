  ;; Extism's kernel, one for each plug-in: blocks of memory, input, output, error and variables.
  ;;
  ;; A block is 8 bytes that hold its length, followed by its bytes. Its address is that of its bytes; 0 means no
  ;; block. Nothing is freed, as every call starts with new memory.
  (memory (export "memory") 1)
  (global $top (mut i32) (i32.const 8))
  (global $input (mut i32) (i32.const 0))
  (global $input_length (mut i32) (i32.const 0))
  (global $output (mut i32) (i32.const 0))
  (global $output_length (mut i32) (i32.const 0))
  (global $error (mut i32) (i32.const 0))
  ;; The variable that was set last: the address of the one before it, of its name, and of its value.
  (global $variable (mut i32) (i32.const 0))

  (func $alloc (param $length i64) (result i64)
    (local $at i32) (local $end i64)
    (if (i64.eqz (local.get $length)) (then (return (i64.const 0))))
    (local.set $at (i32.add (global.get $top) (i32.const 8)))
    (local.set $end
      (i64.and
        (i64.add (i64.add (i64.extend_i32_u (local.get $at)) (local.get $length)) (i64.const 7))
        (i64.const -8)))
    (if
      (i32.or
        (i64.gt_u (local.get $length) (i64.const 0xffff_0000))
        (i64.gt_u (local.get $end) (i64.const 0xffff_0000)))
      (then (unreachable)))
    (if (i64.gt_u (local.get $end) (i64.shl (i64.extend_i32_u (memory.size)) (i64.const 16)))
      (then
        (if
          (i32.eq
            (memory.grow
              (i32.sub
                (i32.wrap_i64 (i64.shr_u (i64.add (local.get $end) (i64.const 0xffff)) (i64.const 16)))
                (memory.size)))
            (i32.const -1))
          (then (unreachable)))))
    (i64.store (i32.sub (local.get $at) (i32.const 8)) (local.get $length))
    (global.set $top (i32.wrap_i64 (local.get $end)))
    (i64.extend_i32_u (local.get $at)))

  (func $at (param $block i64) (result i32)
    (if (i64.gt_u (local.get $block) (i64.const 0xffff_ffff)) (then (unreachable)))
    (i32.wrap_i64 (local.get $block)))

  (func $length (param $block i64) (result i64)
    (if (i64.lt_u (local.get $block) (i64.const 16)) (then (return (i64.const 0))))
    (i64.load (i32.sub (call $at (local.get $block)) (i32.const 8))))

  (func $is_same (param $a i64) (param $b i64) (result i32)
    (local $at i32) (local $other i32) (local $left i64)
    (local.set $left (call $length (local.get $a)))
    (if (i64.ne (local.get $left) (call $length (local.get $b))) (then (return (i32.const 0))))
    (local.set $at (call $at (local.get $a)))
    (local.set $other (call $at (local.get $b)))
    (loop $next
      (if (i64.eqz (local.get $left)) (then (return (i32.const 1))))
      (if (i32.ne (i32.load8_u (local.get $at)) (i32.load8_u (local.get $other)))
        (then (return (i32.const 0))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $other (i32.add (local.get $other) (i32.const 1)))
      (local.set $left (i64.sub (local.get $left) (i64.const 1)))
      (br $next))
    (unreachable))

  ;; Returns the value that a variable was last set to, or 0 if it was never set.
  (func $var_get (param $name i64) (result i64)
    (local $at i32)
    (local.set $at (global.get $variable))
    (loop $next
      (if (i32.eqz (local.get $at)) (then (return (i64.const 0))))
      (if (call $is_same (local.get $name) (i64.load offset=8 (local.get $at)))
        (then (return (i64.load offset=16 (local.get $at)))))
      (local.set $at (i32.wrap_i64 (i64.load (local.get $at))))
      (br $next))
    (unreachable))

  (func $copy (param $block i64) (result i64)
    (local $new i64)
    (local.set $new (call $alloc (call $length (local.get $block))))
    (memory.copy (call $at (local.get $new)) (call $at (local.get $block))
      (i32.wrap_i64 (call $length (local.get $block))))
    (local.get $new))

  ;; Copies, as the plug-in may write to the blocks that it passed.
  (func $var_set (param $name i64) (param $value i64)
    (local $at i32)
    (local.set $at (call $at (call $alloc (i64.const 24))))
    (i64.store (local.get $at) (i64.extend_i32_u (global.get $variable)))
    (i64.store offset=8 (local.get $at) (call $copy (local.get $name)))
    (i64.store offset=16 (local.get $at) (call $copy (local.get $value)))
    (global.set $variable (local.get $at)))

  (func $input_at (param $offset i64) (param $bytes i64) (result i32)
    (if
      (i32.or
        (i64.gt_u (local.get $offset) (i64.extend_i32_u (global.get $input_length)))
        (i64.gt_u
          (i64.add (local.get $offset) (local.get $bytes))
          (i64.extend_i32_u (global.get $input_length))))
      (then (unreachable)))
    (i32.add (global.get $input) (i32.wrap_i64 (local.get $offset))))

  (func $output_set (param $block i64) (param $bytes i64)
    (global.set $output (call $at (local.get $block)))
    (global.set $output_length (call $at (local.get $bytes))))

  ;; Returns the result of one of the plug-in's functions, as result<list<u8>, string> in memory.
  (func $result (param $status i32) (result i32)
    (local $at i32) (local $said i64)
    (local.set $at (call $at (call $alloc (i64.const 12))))
    (if (i32.and (i32.eqz (local.get $status)) (i32.eqz (global.get $error)))
      (then
        (i32.store offset=4 (local.get $at) (global.get $output))
        (i32.store offset=8 (local.get $at) (global.get $output_length)))
      (else
        (i32.store8 (local.get $at) (i32.const 1))
        (local.set $said (i64.extend_i32_u (global.get $error)))
        (if (i64.eqz (call $length (local.get $said)))
          (then
            (local.set $said (call $alloc (i64.const 25)))
            (memory.init $untold (call $at (local.get $said)) (i32.const 0) (i32.const 25))))
        (i32.store offset=4 (local.get $at) (call $at (local.get $said)))
        (i32.store offset=8 (local.get $at) (i32.wrap_i64 (call $length (local.get $said))))))
    (local.get $at))
  (data $untold "the Extism plug-in failed")

  (func $begin (param $input i32) (param $length i32)
    (global.set $input (local.get $input))
    (global.set $input_length (local.get $length))
    (global.set $output (i32.const 0))
    (global.set $output_length (i32.const 0))
    (global.set $error (i32.const 0)))

  (func (export "cabi_realloc")
    (param $old i32) (param $old_length i32) (param $align i32) (param $length i32) (result i32)
    (local $new i32)
    (if (i32.eqz (local.get $length)) (then (return (local.get $align))))
    (local.set $new (call $at (call $alloc (i64.extend_i32_u (local.get $length)))))
    (memory.copy (local.get $new) (local.get $old)
      (select (local.get $old_length) (local.get $length)
        (i32.lt_u (local.get $old_length) (local.get $length))))
    (local.get $new))

;; The aggregate `total` by hand: a resource without WIT. Its functions have the names that the canonical ABI gives them,
;; and the first parameter of a method is the representation, here an address. No handle has to be made of it, as none
;; leaves the module. A sum that does not fit, and what `save` has not written, are traps.
(module
  (memory (export "memory") 1)
  ;; Where free memory begins. Before it are the result of `save` (address and length, at 8) and the sums.
  (global $free (mut i32) (i32.const 16))

  (func $allocate (export "cabi_realloc")
    (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $start i32)
    (local.set $start
      (i32.and
        (i32.sub (i32.add (global.get $free) (local.get $align)) (i32.const 1))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $start) (local.get $size)))
    (if (i32.lt_u (global.get $free) (local.get $start)) (then (unreachable)))
    (loop $grow
      (if (i64.gt_u
            (i64.extend_i32_u (global.get $free))
            (i64.shl (i64.extend_i32_u (memory.size)) (i64.const 16)))
        (then
          (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then (unreachable)))
          (br $grow))))
    (memory.copy (local.get $start) (local.get $old) (local.get $old_size))
    (local.get $start))

  (func (export "[constructor]total") (result i32)
    (local $self i32)
    (local.set $self
      (call $allocate (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 8)))
    (i64.store (local.get $self) (i64.const 0))
    (local.get $self))

  (func $add (export "[method]total.step") (param $self i32) (param $value i64)
    (local $before i64)
    (local $sum i64)
    (local.set $before (i64.load (local.get $self)))
    (local.set $sum (i64.add (local.get $before) (local.get $value)))
    ;; It does not fit if its sign is neither that of the one nor that of the other.
    (if (i64.lt_s
          (i64.and
            (i64.xor (local.get $sum) (local.get $before))
            (i64.xor (local.get $sum) (local.get $value)))
          (i64.const 0))
      (then (unreachable)))
    (i64.store (local.get $self) (local.get $sum)))

  ;; Returns false if the difference does not fit: then the sum has to be made anew.
  (func (export "[method]total.unstep") (param $self i32) (param $value i64) (result i32)
    (local $before i64)
    (local $difference i64)
    (local.set $before (i64.load (local.get $self)))
    (local.set $difference (i64.sub (local.get $before) (local.get $value)))
    (if (i64.lt_s
          (i64.and
            (i64.xor (local.get $before) (local.get $value))
            (i64.xor (local.get $before) (local.get $difference)))
          (i64.const 0))
      (then (return (i32.const 0))))
    (i64.store (local.get $self) (local.get $difference))
    (i32.const 1))

  (func (export "[method]total.finish") (param $self i32) (result i64)
    (i64.load (local.get $self)))

  ;; A byte with the version, and the sum.
  (func (export "[method]total.save") (param $self i32) (result i32)
    (local $saved i32)
    (local.set $saved
      (call $allocate (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 9)))
    (i32.store8 (local.get $saved) (i32.const 1))
    (i64.store offset=1 align=1 (local.get $saved) (i64.load (local.get $self)))
    (i32.store (i32.const 8) (local.get $saved))
    (i32.store (i32.const 12) (i32.const 9))
    (i32.const 8))
  (func (export "cabi_post_[method]total.save") (param $result i32)
    (global.set $free (i32.load (local.get $result))))

  (func (export "[method]total.merge") (param $self i32) (param $saved i32) (param $length i32)
    (if (i32.ne (local.get $length) (i32.const 9)) (then (unreachable)))
    (if (i32.ne (i32.load8_u (local.get $saved)) (i32.const 1)) (then (unreachable)))
    (call $add (local.get $self) (i64.load offset=1 align=1 (local.get $saved)))
    ;; The argument was allocated last.
    (global.set $free (local.get $saved))))

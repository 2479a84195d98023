;; Keeps which of the descriptors 0, 1 and 2 are open. There are no others.
(module $descriptors
  ;; One bit for each.
  (global $open (mut i32) (i32.const 7))

  (func $is_open (export "is_open") (param $fd i32) (result i32)
    (i32.and
      (i32.lt_u (local.get $fd) (i32.const 3))
      (i32.and
        (i32.shr_u (global.get $open) (local.get $fd))
        (i32.const 1))))

  ;; Closes a descriptor, which must be open.
  (func $close (export "close") (param $fd i32)
    (global.set $open
      (i32.xor (global.get $open) (i32.shl (i32.const 1) (local.get $fd))))))

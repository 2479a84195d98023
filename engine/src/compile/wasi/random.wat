;; The random numbers of a call: splitmix64 from a constant.
;;
;; They are the same in every call, so they must never be used as secrets.
(module $random
  (global $state (mut i64) (i64.const 0x504c_2f57_6173_6d21))

  (func $next (export "next") (result i64)
    (local $z i64)
    (global.set $state (i64.add (global.get $state) (i64.const 0x9e37_79b9_7f4a_7c15)))
    (local.set $z (global.get $state))
    (local.set $z
      (i64.mul
        (i64.xor (local.get $z) (i64.shr_u (local.get $z) (i64.const 30)))
        (i64.const 0xbf58_476d_1ce4_e5b9)))
    (local.set $z
      (i64.mul
        (i64.xor (local.get $z) (i64.shr_u (local.get $z) (i64.const 27)))
        (i64.const 0x94d0_49bb_1331_11eb)))
    (i64.xor (local.get $z) (i64.shr_u (local.get $z) (i64.const 31)))))

;; hash-wasm has a module for each hash, all with the same exports. A module reads its input in pieces of at most 16 KB
;; from a buffer of its own, and has no memory for its caller's data. Four pages hold 128 KB without growing.
(module
  (import "guest" "memory" (memory 4 65536))
  (import "guest" "Hash_GetBuffer" (func $buffer (result i32)))
  (import "guest" "Hash_Init" (func $init))
  (import "guest" "Hash_Update" (func $update (param $length i32)))
  (import "guest" "Hash_Final" (func $final))

  (func $hash (param $data i32) (param $length i32) (param $size i32) (result i32)
    (local $piece i32) (local $result i32)
    (call $init)
    (loop $more
      (local.set $piece (select (local.get $length) (i32.const 16384) (i32.lt_u (local.get $length) (i32.const 16384))))
      (memory.copy (call $buffer) (local.get $data) (local.get $piece))
      (call $update (local.get $piece))
      (local.set $data (i32.add (local.get $data) (local.get $piece)))
      (br_if $more (local.tee $length (i32.sub (local.get $length) (local.get $piece)))))
    (call $final)
    (local.set $result (call $allocate (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 8)))
    (i32.store (local.get $result) (call $buffer))
    (i32.store offset=4 (local.get $result) (local.get $size))
    (local.get $result))

  (func (export "digest20") (param i32 i32) (result i32) (call $hash (local.get 0) (local.get 1) (i32.const 20)))
  (func (export "digest32") (param i32 i32) (result i32) (call $hash (local.get 0) (local.get 1) (i32.const 32)))
  (func (export "digest64") (param i32 i32) (result i32) (call $hash (local.get 0) (local.get 1) (i32.const 64)))

  ;; Allocates arguments and results one after another. Nothing is freed, because memory is restored after each call.
  (global $free (mut i32) (i32.const 131072))
  (func $allocate (export "cabi_realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32) (local $pages i32)
    (local.set $at (global.get $free))
    (global.set $free (i32.add (local.get $at) (i32.and (i32.add (local.get $size) (i32.const 15)) (i32.const -16))))
    (local.set $pages
      (i32.sub (i32.shr_u (i32.add (global.get $free) (i32.const 65535)) (i32.const 16)) (memory.size)))
    (if (i32.gt_s (local.get $pages) (i32.const 0))
      (then (if (i32.eq (memory.grow (local.get $pages)) (i32.const -1)) (then (unreachable)))))
    (local.get $at))
)

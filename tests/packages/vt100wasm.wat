;; vt100wasm is written in Rust with an ABI of its own: a terminal is a handle, and a string is returned as an i64 of
;; address and length.
(module
  (import "guest" "memory" (memory 1))
  (import "guest" "wasm_alloc" (func $alloc (param i32) (result i32)))
  (import "guest" "create" (func $create (param $rows i32) (param $columns i32) (param $scrollback i32) (result i32)))
  (import "guest" "process" (func $process (param $this i32) (param $data i32) (param $length i32)))
  (import "guest" "screen_contents" (func $contents (param $this i32) (result i64)))

  (func (export "screen") (param $data i32) (param $length i32) (param $rows i32) (param $columns i32) (result i32)
    (local $this i32) (local $text i64) (local $result i32)
    (local.set $this (call $create (local.get $rows) (local.get $columns) (i32.const 0)))
    (call $process (local.get $this) (local.get $data) (local.get $length))
    (local.set $text (call $contents (local.get $this)))
    (local.set $result (call $alloc (i32.const 8)))
    (i32.store (local.get $result) (i32.wrap_i64 (i64.shr_u (local.get $text) (i64.const 32))))
    (i32.store offset=4 (local.get $result) (i32.wrap_i64 (local.get $text)))
    (local.get $result)))

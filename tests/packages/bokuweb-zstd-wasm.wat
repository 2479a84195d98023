;; @bokuweb/zstd-wasm is zstd, compiled by Emscripten with -O3, which shortens all names. The package's zstd.js says
;; which is which: i is ZSTD_compressBound, m ZSTD_compress, h ZSTD_isError, s malloc.
(module
  (import "guest" "f" (memory 1))
  (import "guest" "s" (func $malloc (param i32) (result i32)))
  (import "guest" "h" (func $error (param i32) (result i32)))
  (import "guest" "i" (func $bound (param i32) (result i32)))
  (import "guest" "m" (func $compress
    (param $to i32) (param $room i32) (param $from i32) (param $length i32) (param $level i32) (result i32)))

  (func (export "compress") (param $data i32) (param $length i32) (param $level i32) (result i32)
    (local $room i32) (local $result i32)
    (local.set $room (call $bound (local.get $length)))
    (local.set $result (call $malloc (i32.add (local.get $room) (i32.const 8))))
    (i32.store (local.get $result) (i32.add (local.get $result) (i32.const 8)))
    (i32.store offset=4 (local.get $result)
      (call $compress (i32.load (local.get $result)) (local.get $room)
        (local.get $data) (local.get $length) (local.get $level)))
    (if (call $error (i32.load offset=4 (local.get $result))) (then (unreachable)))
    (local.get $result)))

;; @foxglove/wasm-lz4 is LZ4 frames, compiled by Emscripten with -O3, which shortens all names. The package's
;; wasm-lz4.js says which is which: e is malloc. The import a.b is memcpy for large pieces.
(module
  (import "guest" "c" (memory 1))
  (import "guest" "e" (func $malloc (param i32) (result i32)))
  (import "guest" "h" (func $decompress
    (param $context i32) (param $to i32) (param $room i32) (param $from i32) (param $length i32) (result i32)))
  (import "guest" "i" (func $context (result i32)))

  (func (export "a#b") (param $to i32) (param $from i32) (param $length i32)
    (memory.copy (local.get $to) (local.get $from) (local.get $length)))

  (func (export "decompress") (param $data i32) (param $length i32) (param $size i32) (result i32)
    (local $result i32)
    (local.set $result (call $malloc (i32.add (local.get $size) (i32.const 8))))
    (i32.store (local.get $result) (i32.add (local.get $result) (i32.const 8)))
    (i32.store offset=4 (local.get $result)
      (call $decompress (call $context) (i32.load (local.get $result)) (local.get $size)
        (local.get $data) (local.get $length)))
    (local.get $result)))

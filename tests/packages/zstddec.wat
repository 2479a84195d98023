;; zstddec is zstd's decoder, compiled by Emscripten. The caller asks for the size, allocates, and passes both.
(module
  (import "guest" "memory" (memory 1))
  (import "guest" "malloc" (func $malloc (param i32) (result i32)))
  (import "guest" "ZSTD_findDecompressedSize" (func $size (param $from i32) (param $length i32) (result i64)))
  (import "guest" "ZSTD_decompress"
    (func $decompress (param $to i32) (param $room i32) (param $from i32) (param $length i32) (result i32)))
  (import "guest" "ZSTD_isError" (func $error (param i32) (result i32)))

  (func (export "decompress") (param $data i32) (param $length i32) (result i32)
    (local $size i64) (local $result i32)
    (local.set $size (call $size (local.get $data) (local.get $length)))
    ;; unknown and invalid are -1 and -2
    (if (i64.gt_u (local.get $size) (i64.const 0x3fffffff)) (then (unreachable)))
    (local.set $result (call $malloc (i32.add (i32.wrap_i64 (local.get $size)) (i32.const 8))))
    (i32.store (local.get $result) (i32.add (local.get $result) (i32.const 8)))
    (i32.store offset=4 (local.get $result)
      (call $decompress (i32.load (local.get $result)) (i32.wrap_i64 (local.get $size))
        (local.get $data) (local.get $length)))
    (if (call $error (i32.load offset=4 (local.get $result))) (then (unreachable)))
    (local.get $result)))

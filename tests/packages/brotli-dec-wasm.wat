;; brotli-dec-wasm is built by wasm-bindgen with multi-value: a Result<Vec<u8>, JsError> is four results.
(module
  (import "guest" "memory" (memory 1))
  (import "guest" "__wbindgen_malloc" (func $malloc (param $size i32) (param $align i32) (result i32)))
  (import "guest" "decompress" (func $decompress (param $data i32) (param $length i32) (result i32 i32 i32 i32)))

  (func (export "decompress") (param $data i32) (param $length i32) (result i32)
    (local $failed i32) (local $to i32) (local $size i32) (local $result i32)
    (call $decompress (local.get $data) (local.get $length))
    (local.set $failed)
    (drop)
    (local.set $size)
    (local.set $to)
    (if (local.get $failed) (then (unreachable)))
    (local.set $result (call $malloc (i32.const 8) (i32.const 4)))
    (i32.store (local.get $result) (local.get $to))
    (i32.store offset=4 (local.get $result) (local.get $size))
    (local.get $result)))

;; snappy-wasm is built by wasm-bindgen: a Result<Vec<u8>, JsError> is an address, a length, an error and whether there
;; is one, on the guest's own stack.
(module
  (import "guest" "memory" (memory 1))
  (import "guest" "__wbindgen_add_to_stack_pointer" (func $stack (param i32) (result i32)))
  (import "guest" "compress_raw" (func $compress (param $result i32) (param $data i32) (param $length i32)))
  (import "guest" "decompress_raw" (func $decompress (param $result i32) (param $data i32) (param $length i32)))

  (func (export "compress") (param $data i32) (param $length i32) (result i32)
    (local $result i32)
    (local.set $result (call $stack (i32.const -16)))
    (call $compress (local.get $result) (local.get $data) (local.get $length))
    (if (i32.load offset=12 (local.get $result)) (then (unreachable)))
    (local.get $result))
  (func (export "decompress") (param $data i32) (param $length i32) (result i32)
    (local $result i32)
    (local.set $result (call $stack (i32.const -16)))
    (call $decompress (local.get $result) (local.get $data) (local.get $length))
    (if (i32.load offset=12 (local.get $result)) (then (unreachable)))
    (local.get $result)))

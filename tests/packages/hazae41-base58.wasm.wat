;; @hazae41/base58.wasm is built by wasm-bindgen. Bytes are passed as an object of its class `Memory`, which owns them.
(module
  (import "guest" "__wbindgen_add_to_stack_pointer" (func $stack (param i32) (result i32)))
  (import "guest" "memory_new" (func $memory (param $data i32) (param $length i32) (result i32)))
  (import "guest" "base58_encode" (func $encode (param $result i32) (param $memory i32)))

  (func (export "encode") (param $data i32) (param $length i32) (result i32)
    (local $result i32)
    (local.set $result (call $stack (i32.const -16)))
    (call $encode (local.get $result) (call $memory (local.get $data) (local.get $length)))
    (local.get $result)))

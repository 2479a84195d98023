;; lz4-wasm, by wasm-bindgen: a Vec<u8> is returned as an address and a length, on the guest's own stack. So is a list
;; in the canonical ABI.
(module
  (import "guest" "__wbindgen_add_to_stack_pointer" (func $stack (param i32) (result i32)))
  (import "guest" "compress" (func $compress (param $result i32) (param $data i32) (param $length i32)))
  (import "guest" "decompress" (func $decompress (param $result i32) (param $data i32) (param $length i32)))

  (func (export "compress") (param $data i32) (param $length i32) (result i32)
    (local $result i32)
    (local.set $result (call $stack (i32.const -16)))
    (call $compress (local.get $result) (local.get $data) (local.get $length))
    (local.get $result))
  (func (export "decompress") (param $data i32) (param $length i32) (result i32)
    (local $result i32)
    (local.set $result (call $stack (i32.const -16)))
    (call $decompress (local.get $result) (local.get $data) (local.get $length))
    (local.get $result)))

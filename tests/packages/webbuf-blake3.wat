;; @webbuf/blake3 is built by wasm-bindgen, like the module of snappy-wasm.wat.
(module
  (import "guest" "memory" (memory 1))
  (import "guest" "__wbindgen_add_to_stack_pointer" (func $stack (param i32) (result i32)))
  (import "guest" "blake3_hash" (func $hash (param $result i32) (param $data i32) (param $length i32)))

  (func (export "blake3") (param $data i32) (param $length i32) (result i32)
    (local $result i32)
    (local.set $result (call $stack (i32.const -16)))
    (call $hash (local.get $result) (local.get $data) (local.get $length))
    (if (i32.load offset=12 (local.get $result)) (then (unreachable)))
    (local.get $result)))

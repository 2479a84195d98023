;; @polkadot/wasm-crypto-wasm is built by wasm-bindgen: a Vec<u8> is returned as an address and a length on the guest's
;; own stack. PBKDF2 is the one with HMAC-SHA-512.
(module
  (import "guest" "__wbindgen_add_to_stack_pointer" (func $stack (param i32) (result i32)))
  (import "guest" "ext_keccak256" (func $keccak256 (param $result i32) (param $data i32) (param $length i32)))
  (import "guest" "ext_pbkdf2" (func $pbkdf2 (param $result i32) (param $data i32) (param $length i32)
    (param $salt i32) (param $salt_length i32) (param $rounds i32)))

  (func (export "keccak256") (param $data i32) (param $length i32) (result i32)
    (local $result i32)
    (local.set $result (call $stack (i32.const -16)))
    (call $keccak256 (local.get $result) (local.get $data) (local.get $length))
    (local.get $result))
  (func (export "pbkdf2") (param $data i32) (param $length i32) (param $salt i32) (param $salt_length i32)
    (param $rounds i32) (result i32)
    (local $result i32)
    (local.set $result (call $stack (i32.const -16)))
    (call $pbkdf2 (local.get $result) (local.get $data) (local.get $length)
      (local.get $salt) (local.get $salt_length) (local.get $rounds))
    (local.get $result)))

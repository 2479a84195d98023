;; wasm-gzip keeps its last result, and `buffer` returns its address.
(module
  (import "guest" "memory" (memory 1))
  (import "guest" "malloc_u8" (func $malloc (param i32) (result i32)))
  (import "guest" "buffer" (func $buffer (result i32)))
  (import "guest" "gzip_decompress" (func $decompress (param $data i32) (param $length i32) (param $flags i32) (result i32)))
  (import "guest" "gzip_compress" (func $compress (param $data i32) (param $length i32) (param $flags i32) (result i32)))

  (func (export "gunzip") (param $data i32) (param $length i32) (result i32)
    (call $result (call $decompress (local.get $data) (local.get $length) (i32.const 0))))
  (func (export "gzip") (param $data i32) (param $length i32) (result i32)
    (call $result (call $compress (local.get $data) (local.get $length) (i32.const 0))))

  (func $result (param $size i32) (result i32)
    (local $result i32)
    (if (i32.eq (local.get $size) (i32.const -1)) (then (unreachable)))
    (local.set $result (call $malloc (i32.const 8)))
    (i32.store (local.get $result) (call $buffer))
    (i32.store offset=4 (local.get $result) (local.get $size))
    (local.get $result)))

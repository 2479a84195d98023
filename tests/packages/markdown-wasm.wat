;; markdown-wasm is md4c, compiled by Emscripten with -O3, which shortens all names: d is _wrealloc, j _parseUTF8. The
;; package's markdown.js describes the parameters of the latter: 2,823 is its ParseFlags.DEFAULT, 1 is HTML.
(module
  (import "guest" "b" (memory 1))
  (import "guest" "d" (func $realloc (param $old i32) (param $size i32) (result i32)))
  (import "guest" "j" (func $parse (param $data i32) (param $length i32)
    (param $syntax i32) (param $output i32) (param $to i32) (param $code i32) (result i32)))

  (func (export "cabi_realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
    (call $realloc (local.get $old) (local.get $size)))

  (func (export "html") (param $text i32) (param $length i32) (result i32)
    (local $result i32)
    (local.set $result (call $realloc (i32.const 0) (i32.const 8)))
    (i32.store (local.get $result) (i32.const 0))
    (i32.store offset=4 (local.get $result)
      (call $parse (local.get $text) (local.get $length) (i32.const 2823) (i32.const 1) (local.get $result) (i32.const 0)))
    (local.get $result)))

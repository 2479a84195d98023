;; multilingual-stemmer is built by wasm-bindgen with multi-value. It exports a class, whose constructor takes the
;; number of a language.
(module
  (import "guest" "memory" (memory 1))
  (import "guest" "__wbindgen_malloc" (func $malloc (param $size i32) (param $align i32) (result i32)))
  (import "guest" "stemmer_new" (func $new (param $language i32) (result i32)))
  (import "guest" "stemmer_stem" (func $stem (param $this i32) (param $word i32) (param $length i32) (result i32 i32)))

  (func (export "stem") (param $word i32) (param $length i32) (param $language i32) (result i32)
    (local $to i32) (local $size i32) (local $result i32)
    (call $stem (call $new (local.get $language)) (local.get $word) (local.get $length))
    (local.set $size)
    (local.set $to)
    (local.set $result (call $malloc (i32.const 8) (i32.const 4)))
    (i32.store (local.get $result) (local.get $to))
    (i32.store offset=4 (local.get $result) (local.get $size))
    (local.get $result)))

;; Strings: what is passed on is UTF-8, whatever bytes were given.
;; CanonicalABI.md, "Loading" (`load_string_from_range`), "Storing" (`store_string`).

(component
  (component $Callee
    (core module $M
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
      ;; The bytes, as a number, and how many there are.
      (func (export "bytes") (param i32 i32) (result i64)
        (i64.or (i64.load (local.get 0)) (i64.shl (i64.extend_i32_u (local.get 1)) (i64.const 56)))))
    (core instance $m (instantiate $M))
    (func (export "bytes") (param "x" string) (result u64) (canon lift (core func $m "bytes")
      (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
  (instance $callee (instantiate $Callee))
  (component $Caller
    (import "bytes" (func $bytes (param "x" string) (result u64)))
    (core module $Memory (memory (export "memory") 1))
    (core instance $memory (instantiate $Memory))
    (core func $bytes (canon lower (func $bytes) string-encoding=utf8
      (memory (core memory $memory "memory"))))
    (core module $M
      (import "" "memory" (memory 1))
      (import "" "bytes" (func $bytes (param i32 i32) (result i64)))
      (func (export "bytes") (param i64 i32) (result i64)
        (i64.store (i32.const 16) (local.get 0))
        (call $bytes (i32.const 16) (local.get 1)))
      ;; The same after so many letters.
      (func (export "late") (param i64 i32 i32) (result i64)
        (memory.fill (i32.const 16) (i32.const 0x61) (local.get 2))
        (i64.store (i32.add (i32.const 16) (local.get 2)) (local.get 0))
        (call $bytes (i32.const 16) (i32.add (local.get 1) (local.get 2)))))
    (core instance $m (instantiate $M (with "" (instance
      (export "memory" (memory $memory "memory")) (export "bytes" (func $bytes))))))
    (func (export "bytes") (param "x" u64) (param "n" u32) (result u64)
      (canon lift (core func $m "bytes")))
    (func (export "late") (param "x" u64) (param "n" u32) (param "after" u32) (result u64)
      (canon lift (core func $m "late"))))
  (instance $caller (instantiate $Caller (with "bytes" (func $callee "bytes"))))
  (export "bytes" (func $caller "bytes"))
  (export "late" (func $caller "late"))
  ;; What the host is returned.
  (core module $H
    (memory (export "memory") 1)
    (func (export "text") (param i64 i32) (result i32)
      (i64.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 0) (i32.const 16))
      (i32.store (i32.const 4) (local.get 1))
      (i32.const 0)))
  (core instance $h (instantiate $H))
  (func (export "text") (param "x" u64) (param "n" u32) (result string)
    (canon lift (core func $h "text") (memory (core memory $h "memory")))))
;; One to four bytes, the first and the last of each.
(assert_return (invoke "bytes" (u64.const 0) (u32.const 1)) (u64.const 0x100000000000000))
(assert_return (invoke "bytes" (u64.const 0x7f) (u32.const 1)) (u64.const 0x10000000000007f))
(assert_return (invoke "bytes" (u64.const 0x80c2) (u32.const 2)) (u64.const 0x2000000000080c2))
(assert_return (invoke "bytes" (u64.const 0xbfdf) (u32.const 2)) (u64.const 0x20000000000bfdf))
(assert_return (invoke "bytes" (u64.const 0x80a0e0) (u32.const 3)) (u64.const 0x30000000080a0e0))
(assert_return (invoke "bytes" (u64.const 0xbf9fed) (u32.const 3)) (u64.const 0x300000000bf9fed))
(assert_return (invoke "bytes" (u64.const 0x8080ee) (u32.const 3)) (u64.const 0x3000000008080ee))
(assert_return (invoke "bytes" (u64.const 0xbfbfef) (u32.const 3)) (u64.const 0x300000000bfbfef))
(assert_return (invoke "bytes" (u64.const 0x808090f0) (u32.const 4)) (u64.const 0x4000000808090f0))
(assert_return (invoke "bytes" (u64.const 0xbfbf8ff4) (u32.const 4)) (u64.const 0x4000000bfbf8ff4))
;; Never a first byte.
(assert_trap (invoke "bytes" (u64.const 0x80) (u32.const 1)) "invalid utf8 encoding")
(assert_trap (invoke "bytes" (u64.const 0xbf) (u32.const 1)) "invalid utf8 encoding")
(assert_trap (invoke "bytes" (u64.const 0x80f8) (u32.const 2)) "invalid utf8 encoding")
(assert_trap (invoke "bytes" (u64.const 0xff) (u32.const 1)) "invalid utf8 encoding")
;; Too long for what it is.
(assert_trap (invoke "bytes" (u64.const 0x80c0) (u32.const 2)) "invalid utf8 encoding")
(assert_trap (invoke "bytes" (u64.const 0xbfc1) (u32.const 2)) "invalid utf8 encoding")
(assert_trap (invoke "bytes" (u64.const 0xbf9fe0) (u32.const 3)) "invalid utf8 encoding")
(assert_trap (invoke "bytes" (u64.const 0xbfbf8ff0) (u32.const 4)) "invalid utf8 encoding")
;; Surrogates, and beyond Unicode.
(assert_trap (invoke "bytes" (u64.const 0x80a0ed) (u32.const 3)) "invalid utf8 encoding")
(assert_trap (invoke "bytes" (u64.const 0xbfbfed) (u32.const 3)) "invalid utf8 encoding")
(assert_trap (invoke "bytes" (u64.const 0x808090f4) (u32.const 4)) "invalid utf8 encoding")
(assert_trap (invoke "bytes" (u64.const 0x808080f5) (u32.const 4)) "invalid utf8 encoding")
;; Cut off, by the end and by another character.
(assert_trap (invoke "bytes" (u64.const 0xc3) (u32.const 1)) "invalid utf8 encoding")
(assert_trap (invoke "bytes" (u64.const 0x82e2) (u32.const 2)) "invalid utf8 encoding")
(assert_trap (invoke "bytes" (u64.const 0x61c3) (u32.const 2)) "invalid utf8 encoding")
(assert_trap (invoke "bytes" (u64.const 0x6182e2) (u32.const 3)) "invalid utf8 encoding")
(assert_trap (invoke "bytes" (u64.const 0x618290f0) (u32.const 4)) "invalid utf8 encoding")
;; The same wherever it is.
(assert_return (invoke "late" (u64.const 0xa9c3) (u32.const 2) (u32.const 5)) (u64.const 0x7a9c36161616161))
(assert_trap (invoke "late" (u64.const 0xff) (u32.const 1) (u32.const 7)) "invalid utf8 encoding")
(assert_trap (invoke "late" (u64.const 0xff) (u32.const 1) (u32.const 8)) "invalid utf8 encoding")
(assert_trap (invoke "late" (u64.const 0xc3) (u32.const 1) (u32.const 15)) "invalid utf8 encoding")
(assert_trap (invoke "late" (u64.const 0x61616180) (u32.const 4) (u32.const 100)) "invalid utf8 encoding")
(assert_return (invoke "text" (u64.const 0xa9c3) (u32.const 2)) (str.const "\u{e9}"))
(assert_trap (invoke "text" (u64.const 0xc3) (u32.const 1)) "utf-8")
(assert_trap (invoke "text" (u64.const 0x80a0ed) (u32.const 3)) "utf-8")

;; Other encodings are valid, and refused: exported, and between two components.
(assert_invalid
  (component
    (core module $M
      (memory (export "memory") 1)
      (func (export "f") (result i32) (i32.const 0)))
    (core instance $m (instantiate $M))
    (func (export "f") (result string) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) string-encoding=utf16)))
  "unsupported: strings as utf16, in function \"f\"")
(assert_invalid
  (component
    (core module $M
      (memory (export "memory") 1)
      (func (export "f") (result i32) (i32.const 0)))
    (core instance $m (instantiate $M))
    (func (export "f") (result string) (canon lift (core func $m "f")
      (memory (core memory $m "memory")) string-encoding=latin1+utf16)))
  "unsupported: strings as latin1+utf16, in function \"f\"")
(assert_invalid
  (component
    (component $Callee
      (core module $M
        (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
        (func (export "f") (param i32 i32)))
      (core instance $m (instantiate $M))
      (func (export "f") (param "x" string) (canon lift (core func $m "f")
        (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))
    (instance $callee (instantiate $Callee))
    (component $Caller
      (import "f" (func $f (param "x" string)))
      (core module $Memory (memory (export "memory") 1))
      (core instance $memory (instantiate $Memory))
      (core func $f (canon lower (func $f) string-encoding=utf16
        (memory (core memory $memory "memory"))))
      (core module $M
        (import "" "f" (func $f (param i32 i32)))
        (func (export "g") (call $f (i32.const 0) (i32.const 0))))
      (core instance $m (instantiate $M (with "" (instance (export "f" (func $f))))))
      (func (export "g") (canon lift (core func $m "g"))))
    (instance $caller (instantiate $Caller (with "f" (func $callee "f"))))
    (export "g" (func $caller "g")))
  "unsupported: strings converted from utf16")

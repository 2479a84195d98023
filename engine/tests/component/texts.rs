//! Components that several tests use.

/// Of a core module: a memory, and an allocator that only goes up. Bytes below 1024 are free for the test.
pub(crate) const ALLOCATOR: &str = r#"
    (memory (export "memory") 1)
    (global $heap (mut i32) (i32.const 1024))
    (func $realloc (export "realloc") (param $old i32) (param $size i32) (param $align i32)
      (param $new i32) (result i32)
      (local $at i32)
      (local.set $at
        (i32.and
          (i32.add (global.get $heap) (i32.sub (local.get $align) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get $align))))
      (global.set $heap (i32.add (local.get $at) (local.get $new)))
      (memory.copy (local.get $at) (local.get $old) (local.get $size))
      (local.get $at))"#;

/// A component within another, with a memory of its own, called over adapters.
pub(crate) const GREETER: &str = r#"(component
  (component $inner
    (core module $m
      (memory (export "memory") 1)
      (global $heap (mut i32) (i32.const 1024))
      (global $done (mut i32) (i32.const 0))
      (data (i32.const 0) "hello, ")
      (func $realloc (export "realloc") (param i32 i32 i32 i32) (result i32)
        (local $at i32)
        (local.set $at
          (i32.and
            (i32.add (global.get $heap) (i32.sub (local.get 2) (i32.const 1)))
            (i32.sub (i32.const 0) (local.get 2))))
        (global.set $heap (i32.add (local.get $at) (local.get 3)))
        (local.get $at))
      (func (export "greet") (param i32 i32) (result i32)
        (local $to i32)
        (local.set $to (call $realloc (i32.const 0) (i32.const 0) (i32.const 1)
          (i32.add (local.get 1) (i32.const 7))))
        (memory.copy (local.get $to) (i32.const 0) (i32.const 7))
        (memory.copy (i32.add (local.get $to) (i32.const 7)) (local.get 0) (local.get 1))
        (i32.store (i32.const 64) (local.get $to))
        (i32.store (i32.const 68) (i32.add (local.get 1) (i32.const 7)))
        (i32.const 64))
      (func (export "done") (param i32)
        (if (global.get $done) (then (unreachable)))
        (global.set $done (i32.const 1)))
      ;; result<string, string>: long ones are refused.
      (func (export "checked") (param i32 i32) (result i32)
        (i32.store8 (i32.const 80) (i32.gt_u (local.get 1) (i32.const 7)))
        (i32.store (i32.const 84) (local.get 0))
        (i32.store (i32.const 88) (local.get 1))
        (i32.const 80))
      (func (export "total") (param i32 i32) (result i32)
        (local $sum i32)
        (block (loop
          (br_if 1 (i32.eqz (local.get 1)))
          (local.set $sum (i32.add (local.get $sum) (i32.load (local.get 0))))
          (local.set 0 (i32.add (local.get 0) (i32.const 4)))
          (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
          (br 0)))
        (local.get $sum))
      (func $fails_inside (export "fail") (param i32 i64) (result i32)
        (if (local.get 0) (then (unreachable)))
        (i32.wrap_i64 (local.get 1))))
    (core instance $i (instantiate $m))
    (type $pair (record (field "a" u32) (field "b" u64)))
    (export $exported "pair" (type $pair))
    (func (export "greet") (param "who" string) (result string)
      (canon lift (core func $i "greet") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))
        (post-return (core func $i "done"))))
    (func (export "checked") (param "who" string) (result (result string (error string)))
      (canon lift (core func $i "checked") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
    (func (export "total") (param "all" (list u32)) (result u32)
      (canon lift (core func $i "total") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
    (func (export "fail") (param "p" $exported) (result u32)
      (canon lift (core func $i "fail"))))
  (instance $inner (instantiate $inner))
  (component $outer
    (import "greet" (func $greet (param "who" string) (result string)))
    (import "checked" (func $checked (param "who" string) (result (result string (error string)))))
    (import "total" (func $total (param "all" (list u32)) (result u32)))
    (type $pair' (record (field "a" u32) (field "b" u64)))
    (import "pair" (type $pair (eq $pair')))
    (import "fail" (func $fail (param "p" $pair) (result u32)))
  (core module $libc
    (memory (export "memory") 1)
    (global $heap (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at
        (i32.and
          (i32.add (global.get $heap) (i32.sub (local.get 2) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get 2))))
      (global.set $heap (i32.add (local.get $at) (local.get 3)))
      (local.get $at)))
  (core instance $libc (instantiate $libc))
  (core func $greet (canon lower (func $greet)
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $checked (canon lower (func $checked)
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $total (canon lower (func $total) (memory (core memory $libc "memory"))))
  (core func $fail (canon lower (func $fail)))
  (core module $m
    (import "libc" "memory" (memory 1))
    (import "inner" "greet" (func $greet (param i32 i32 i32)))
    (import "inner" "checked" (func $checked (param i32 i32 i32)))
    (import "inner" "total" (func $total (param i32 i32) (result i32)))
    (import "inner" "fail" (func $fail (param i32 i64) (result i32)))
    (func (export "greet") (param i32 i32) (result i32)
      (call $greet (local.get 0) (local.get 1) (i32.const 32))
      (i32.const 32))
    (func (export "checked") (param i32 i32) (result i32)
      (call $checked (local.get 0) (local.get 1) (i32.const 32))
      (i32.const 32))
    (func (export "total") (param i32 i32) (result i32)
      (i32.add (i32.const 1) (call $total (local.get 0) (local.get 1))))
    (func $fails_outside (export "fail") (param i32) (result i32)
      (call $fail (local.get 0) (i64.const 9))))
  (core instance $i (instantiate $m
    (with "libc" (instance $libc))
    (with "inner" (instance
      (export "greet" (func $greet)) (export "checked" (func $checked))
      (export "total" (func $total)) (export "fail" (func $fail))))))
  (func (export "greet") (param "who" string) (result string)
    (canon lift (core func $i "greet") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func (export "checked") (param "who" string) (result (result string (error string)))
    (canon lift (core func $i "checked") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func (export "total") (param "all" (list u32)) (result u32)
    (canon lift (core func $i "total") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func (export "fail") (param "n" u32) (result u32) (canon lift (core func $i "fail"))))
  (instance $outer (instantiate $outer
    (with "greet" (func $inner "greet")) (with "checked" (func $inner "checked"))
    (with "total" (func $inner "total")) (with "pair" (type $inner "pair"))
    (with "fail" (func $inner "fail"))))
  (export "greet" (func $outer "greet"))
  (export "checked" (func $outer "checked"))
  (export "total" (func $outer "total"))
  (export "fail" (func $outer "fail")))"#;

/// A component that passes these bytes as a string to another, which returns how many they are.
pub(crate) fn passing(bytes: &[u8]) -> String {
    let escaped: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
    let length = bytes.len();
    format!(
        r#"(component
          (component $inner
            (core module $m {ALLOCATOR}
              (func (export "len") (param i32 i32) (result i32) (local.get 1)))
            (core instance $i (instantiate $m))
            (func (export "len") (param "s" string) (result u32)
              (canon lift (core func $i "len") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
          (instance $inner (instantiate $inner))
          (component $outer
          (import "len" (func $len (param "s" string) (result u32)))
          (core module $libc (memory (export "memory") 1) (data (i32.const 8) "{escaped}"))
          (core instance $libc (instantiate $libc))
          (core func $len (canon lower (func $len) (memory (core memory $libc "memory"))))
          (core module $m
            (import "" "len" (func $len (param i32 i32) (result i32)))
            (func (export "run") (result i32) (call $len (i32.const 8) (i32.const {length}))))
          (core instance $i (instantiate $m (with "" (instance (export "len" (func $len))))))
          (func (export "run") (result u32) (canon lift (core func $i "run"))))
          (instance $outer (instantiate $outer (with "len" (func $inner "len"))))
          (export "run" (func $outer "run")))"#
    )
}

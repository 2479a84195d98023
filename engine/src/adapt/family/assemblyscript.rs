//! AssemblyScript: what reports a failed assertion or an uncaught error, and what JavaScript would do for its library.

use super::text::Body;
use wasmparser::FuncType;
use wasmparser::ValType::{F64, I32};

/// `abort(message, file, line, column)`: the strings are AssemblyScript's, in UTF-16.
const ABORT: &str = "(local $message i32) (local $file i32)
  (local.set $message (call $as_length (local.get 0)))
  (local.set $file (call $as_length (local.get 1)))
  (call $begin (local.get 0) (local.get $message) (local.get 1) (local.get $file))
  (if (local.get $message)
    (then (call $utf16 (local.get 0) (local.get $message)))
    (else (call $byte (i32.const 97)) (call $byte (i32.const 98)) (call $byte (i32.const 111))
      (call $byte (i32.const 114)) (call $byte (i32.const 116)))) ;; abort
  (if (local.get $file)
    (then
      (call $byte (i32.const 32)) (call $byte (i32.const 97)) (call $byte (i32.const 116))
      (call $byte (i32.const 32)) ;; at
      (call $utf16 (local.get 1) (local.get $file))
      (call $byte (i32.const 58)) (call $number (local.get 2))
      (call $byte (i32.const 58)) (call $number (local.get 3))))
  (call $panic)";

/// What takes the place of an import.
pub(super) fn body(module: &str, name: &str, ty: &FuncType) -> Option<Body> {
    // `env.Math.random` in newer versions, `Math.random` in older ones.
    let name = if module == "env" { name.into() } else { format!("{module}.{name}") };
    Body::code(match (name.as_str(), ty.params(), ty.results()) {
        ("abort", [I32, I32, I32, I32], []) => ABORT,
        // Any seed will do, so long as it is the same in each call.
        ("seed", [], [F64]) => "(f64.const 946684800000)",
        ("trace", [I32, I32, F64, F64, F64, F64, F64], []) => "",
        ("Date.now", [], [F64]) => "(call $now)",
        ("performance.now", [], [F64]) => "(call $monotonic)",
        ("Math.random", [], [F64]) => "(call $random_fraction)",
        (_, _, []) if name.starts_with("console.") => "",
        _ => return None,
    })
}

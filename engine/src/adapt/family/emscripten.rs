//! Emscripten: what its own JavaScript does for the C library, as far as that needs nothing outside.
//!
//! Names and types are those of its `src/lib/*.js`. Functions for files and the like return the number of ENOSYS,
//! which its C library understands. Functions that would run JavaScript trap.

use super::super::source::Source;
use super::super::types::ItemType;
use super::text::{Replacement, Text};
use wasmparser::ValType::{self, F32, F64, I32, I64};
use wasmparser::{ExternalKind, FuncType, RefType};

/// Grows the memory to at least that number of bytes. Returns whether it succeeded.
const RESIZE_HEAP: &str = "(local $pages i32)
  (local.set $pages
    (i32.sub
      (i32.wrap_i64 (i64.shr_u (i64.add (i64.extend_i32_u (local.get 0)) (i64.const 65535)) (i64.const 16)))
      (memory.size)))
  (if (i32.le_s (local.get $pages) (i32.const 0)) (then (return (i32.const 1))))
  (i32.ne (memory.grow (local.get $pages)) (i32.const -1))";

/// `__assert_fail(condition, file, line, function)`.
const ASSERT_FAIL: &str = "(local $condition i32) (local $file i32)
  (local.set $condition (call $c_length (local.get 0)))
  (local.set $file (call $c_length (local.get 1)))
  (call $begin (local.get 0) (local.get $condition) (local.get 1) (local.get $file))
  (call $assertion_failed)
  (call $bytes (local.get 0) (local.get $condition))
  (if (local.get $file)
    (then
      (call $byte (i32.const 44)) (call $byte (i32.const 32)) ;; comma
      (call $bytes (local.get 1) (local.get $file))
      (call $byte (i32.const 58)) (call $number (local.get 2))))
  (call $panic)";

/// Stores the name of UTC, for standard time and for summer time.
const TZSET: &str = "(i32.store (local.get 0) (i32.const 0))
  (i32.store (local.get 1) (i32.const 0))
  (i32.store (local.get 2) (i32.const 0x00435455))
  (i32.store (local.get 3) (i32.const 0x00435455))";

/// Returns what takes the place of an import.
pub(super) fn replacement(
    module: &str,
    name: &str,
    ty: &FuncType,
    guest: &Source<'_>,
    text: &mut Text,
) -> Option<Replacement> {
    match module {
        "env" => of_env(name, ty, guest, text),
        "wasi_snapshot_preview1" => legalized(name, ty),
        _ => None,
    }
}

fn of_env(name: &str, ty: &FuncType, guest: &Source<'_>, text: &mut Text) -> Option<Replacement> {
    let is_number = |ty: &[ValType]| matches!(ty, [I32 | I64]);
    Replacement::code(match (name, ty.params(), ty.results()) {
        ("emscripten_notify_memory_growth", [I32], []) => "",
        (
            "emscripten_resize_heap" | "_emscripten_resize_heap" | "abortOnCannotGrowMemory",
            [I32],
            [I32],
        ) => RESIZE_HEAP,
        ("emscripten_get_heap_size" | "getTotalMemory", [], [I32]) => {
            "(i32.shl (memory.size) (i32.const 16))"
        }
        ("emscripten_get_heap_max", [], [I32]) => "(i32.const 0xffff0000)",
        ("enlargeMemory", [], [I32]) => "(i32.const 0)",
        (
            "emscripten_memcpy_big" | "emscripten_memcpy_js" | "_emscripten_memcpy_js",
            [I32, I32, I32],
            [] | [I32],
        ) => {
            let copy = "(memory.copy (local.get 0) (local.get 1) (local.get 2))";
            let returned = if ty.results().is_empty() { "" } else { "(local.get 0)" };
            return Replacement::code(format!("{copy}{returned}"));
        }
        ("setTempRet0", [I32], []) => {
            temporary(text);
            "(global.set $temporary (local.get 0))"
        }
        ("getTempRet0", [], [I32]) => {
            temporary(text);
            "(global.get $temporary)"
        }
        ("emscripten_get_now" | "_emscripten_get_now", [], [F64]) => "(call $monotonic)",
        ("emscripten_date_now" | "_emscripten_date_now", [], [F64]) => "(call $now)",
        ("emscripten_get_now_res" | "_emscripten_get_now_res", [], [F64]) => "(f64.const 1000)",
        ("emscripten_get_now_is_monotonic" | "_emscripten_get_now_is_monotonic", [], [I32]) => {
            "(i32.const 1)"
        }
        ("emscripten_random" | "emscripten_math_random", [], [F32]) => {
            "(f32.demote_f64 (call $random_fraction))"
        }
        ("emscripten_math_random", [], [F64]) => "(call $random_fraction)",
        ("getentropy", [I32, I32], [I32]) => {
            "(call $random_bytes (local.get 0) (local.get 1)) (i32.const 0)"
        }
        ("_tzset_js", [I32, I32, I32, I32], []) => TZSET,
        ("_setitimer_js", [I32, F64], [I32]) => "(i32.const 0)",
        ("__assert_fail", [I32, I32, I32, I32], []) => {
            assertion_failed(text);
            ASSERT_FAIL
        }
        // What these would print is lost, as everything printed to standard output is. What they would set up serves
        // JavaScript alone.
        (
            "_emscripten_out"
            | "_emscripten_err"
            | "_emscripten_dbg"
            | "emscripten_out"
            | "emscripten_err"
            | "emscripten_dbg"
            | "emscripten_console_log"
            | "emscripten_console_error"
            | "emscripten_console_warn"
            | "emscripten_log"
            | "_emscripten_runtime_keepalive_clear"
            | "___lock"
            | "___unlock"
            | "___setErrNo",
            _,
            [],
        ) => "",
        (_, _, []) if name.starts_with("_embind_register_") => "",
        // Returns ENOSYS, which the C library expects as WASI's number.
        (_, _, result) if name.starts_with("__syscall_") && is_number(result) => {
            return Replacement::code(format!("({}.const -52)", result[0]));
        }
        ("_mmap_js" | "_munmap_js" | "_msync_js", _, [I32]) => "(i32.const -52)",
        _ if name.starts_with("invoke_") => return invoke(ty, guest, text),
        _ if is_the_end(name) => return Some(Replacement::Trap),
        _ => return None,
    })
}

/// Returns whether JavaScript does not return from this function either.
fn is_the_end(name: &str) -> bool {
    const PREFIXES: [&str; 4] = ["__cxa_", "___cxa_", "nullFunc_", "_emval_"];
    const NAMES: [&str; 14] = [
        "abort",
        "_abort",
        "_abort_js",
        "exit",
        "_exit",
        "abortStackOverflow",
        "__resumeException",
        "llvm_eh_typeid_for",
        "_emscripten_throw_longjmp",
        "emscripten_longjmp",
        "__throw_exception_with_stack_trace",
        "segfault",
        "alignfault",
        "_embind_fail",
    ];
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// `invoke_*(function, ...)` calls a function by its index in the table. JavaScript would catch exceptions. Here
/// nothing is thrown, as throwing traps.
fn invoke(ty: &FuncType, guest: &Source<'_>, text: &mut Text) -> Option<Replacement> {
    let table = "__indirect_function_table";
    let index = guest.export(ExternalKind::Table, table)?;
    match guest.own_type(ExternalKind::Table, index)? {
        ItemType::Table(ty) if ty.element_type == RefType::FUNCREF && !ty.table64 => {}
        _ => return None,
    }
    let ([I32, params @ ..], results) = (ty.params(), ty.results()) else { return None };
    let callee = FuncType::new(params.iter().copied(), results.iter().copied());
    text.import_table(table);
    let arguments: String = (1..=params.len()).map(|at| format!("(local.get {at}) ")).collect();
    let callee = super::text::written(&callee);
    Replacement::code(format!("(call_indirect {callee} {arguments} (local.get 0))"))
}

/// Functions of WASI whose 64-bit parameters are passed as two of 32 bits, for JavaScript without BigInt.
fn legalized(name: &str, ty: &FuncType) -> Option<Replacement> {
    Replacement::code(match (name, ty.params(), ty.results()) {
        ("fd_seek", [I32, I32, I32, I32, I32], [I32]) => {
            "(i64.store (local.get 4) (i64.const 0)) (i32.const 0)"
        }
        ("clock_time_get", [I32, I32, I32, I32], [I32]) => {
            "(i64.store (local.get 3) (i64.mul (i64.const 1000)
               (i64.trunc_sat_f64_u (f64.mul (f64.const 1000)
                 (if (result f64) (local.get 0) (then (call $monotonic)) (else (call $now)))))))
             (i32.const 0)"
        }
        _ => return None,
    })
}

/// Defines the global for the upper half of a 64-bit result.
fn temporary(text: &mut Text) {
    text.define_once("(global $temporary (mut i32) (i32.const 0))");
}

fn assertion_failed(text: &mut Text) {
    let code: String = "assertion failed: "
        .bytes()
        .map(|byte| format!("(call $byte (i32.const {byte}))"))
        .collect();
    text.define_once(&format!("(func $assertion_failed {code})"));
}

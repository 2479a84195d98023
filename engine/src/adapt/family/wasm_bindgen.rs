//! wasm-bindgen: what its JavaScript does for Rust, as far as that needs no JavaScript objects; its strings and
//! lists.
//!
//! An import is named `__wbg_NAME_HASH`, where the hash depends on the crate that imports it. Strings are passed as
//! the address and the length of UTF-8.

use super::super::source::Source;
use super::strings::{CALLEE, Form, is_scalar};
use super::text::{Replacement, Text};
use crate::abi::{CoreSignature, CoreType, Signature, Type};
use crate::error::{Error, Result};
use wasmparser::FuncType;
use wasmparser::ValType::{self, F64, I32};

/// Keeps a message for the trap that follows. The guest runs on until it traps, so the message's address and length
/// need memory of their own.
const SAY: &str = "(local $said i32)
  (if (i32.lt_u (local.get 0) (i32.const 1024)) (then (return))) ;; the number of an object
  (local.set $said (call $malloc (i32.const 8) (i32.const 4)))
  (i32.store (local.get $said) (local.get 0))
  (i32.store offset=4 (local.get $said) (local.get 1))
  (global.set $message (local.get $said))";

/// The number of `undefined`, where objects are passed as numbers.
const UNDEFINED: &str = "(i32.const 128)";

/// Returns what takes the place of an import. `others` are the names of all imports.
pub(super) fn replacement(
    name: &str,
    ty: &FuncType,
    guest: &Source<'_>,
    text: &mut Text,
    others: &[&str],
) -> Option<Replacement> {
    let is_imported = |name: &str| others.iter().any(|other| plain(other) == name);
    Replacement::code(match (plain(name), ty.params(), ty.results()) {
        ("__wbindgen_throw", [I32, I32], []) => "(call $panic_bytes (local.get 0) (local.get 1))",
        // These describe the exports of a binary to wasm-bindgen, which has not processed it yet.
        (
            "__wbindgen_describe"
            | "__wbindgen_object_drop_ref"
            | "__wbindgen_externref_table_set_null"
            | "__wbindgen_init_externref_table",
            _,
            [],
        ) => "",
        ("__wbindgen_describe_closure" | "__wbindgen_describe_cast", _, [I32]) => "(i32.const 0)",
        ("__wbindgen_externref_table_grow", [I32], [I32]) => {
            text.define_once("(global $references (mut i32) (i32.const 0))");
            "(global.get $references)
             (global.set $references (i32.add (global.get $references) (local.get 0)))"
        }
        ("__wbindgen_object_clone_ref", [I32], [I32]) => "(local.get 0)",
        ("__wbindgen_cb_drop", [I32], [I32]) => "(i32.const 1)",
        // console_error_panic_hook prints the panic's message by this before the panic ends.
        ("error", [I32, I32], []) if import_malloc(guest, text) => SAY,
        ("log" | "error" | "warn" | "info" | "debug" | "trace", _, []) => "",
        // The same hook asks for the stack of a new Error.
        ("new", [], [one]) if is_imported("stack") => undefined(one)?,
        ("stack", [I32, _], []) => {
            "(i32.store (local.get 0) (i32.const 1)) (i32.store offset=4 (local.get 0) (i32.const 0))"
        }
        ("now", [], [F64]) => "(call $now)",
        ("random", [], [F64]) => "(call $random_fraction)",
        // In older versions of getrandom both parameters are JavaScript objects.
        ("getRandomValues", [I32, I32], []) if !is_imported("crypto") => {
            "(call $random_bytes (local.get 0) (local.get 1))"
        }
        _ => return None,
    })
}

/// Returns NAME of `__wbg_NAME_0123456789abcdef`.
fn plain(name: &str) -> &str {
    let Some(rest) = name.strip_prefix("__wbg_") else { return name };
    match rest.rsplit_once('_') {
        Some((plain, hash))
            if hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
        {
            plain
        }
        _ => rest,
    }
}

/// Returns the name of the guest's allocator. Newer versions name exports that only JavaScript calls by a number.
fn malloc<'a>(guest: &Source<'a>) -> Option<&'a str> {
    let is_malloc = |name: &str| {
        guest.function(name).is_some_and(|ty| {
            ty.results() == [I32] && (ty.params() == [I32, I32] || ty.params() == [I32])
        })
    };
    let all = || guest.part.exports.iter().map(|export| export.name).filter(|name| is_malloc(name));
    let is_number = |name: &&str| {
        let rest = name.strip_prefix("__wbindgen_export");
        rest.is_some_and(|rest| rest.trim_start_matches('_').bytes().all(|c| c.is_ascii_digit()))
    };
    let mut numbers = all().filter(is_number);
    all().find(|name| *name == "__wbindgen_malloc").or_else(|| {
        // Closures have such names, too.
        let (first, second) = (numbers.next()?, numbers.next());
        let is_first = matches!(first, "__wbindgen_export_0" | "__wbindgen_export");
        (is_first || second.is_none()).then_some(first)
    })
}

/// Imports the guest's allocator as `$malloc`. Returns whether it has one.
pub(super) fn import_malloc(guest: &Source<'_>, text: &mut Text) -> bool {
    let Some(malloc) = malloc(guest) else { return false };
    let takes_alignment = guest.function(malloc).is_some_and(|ty| ty.params().len() == 2);
    match takes_alignment {
        true => text.import(guest, "malloc", malloc),
        false => {
            text.define_once(
                "(func $malloc (param i32 i32) (result i32) (call $malloc_of_size (local.get 0)))",
            );
            text.import(guest, "malloc_of_size", malloc)
        }
    }
}

/// The hint of the error for an export that cannot be called.
pub(super) const HINT: &str = "Strings, lists of numbers, numbers and truth values can be passed. A function can also \
    return a result whose value is a string or a list and whose error is a string. Call other exports from a --shim.";

/// Returns how wasm-bindgen passes a signature's values: results as several core results, or in memory at an address
/// that the first parameter gives. The callee owns its arguments.
pub(super) fn forms(guest: &Source<'_>, signature: &Signature) -> Vec<Form> {
    if !signature.params.iter().all(|ty| is_scalar(ty) || is_text(ty)) {
        return Vec::new();
    }
    let mut params = Vec::new();
    signature.params.iter().for_each(|ty| ty.flatten(&mut params));
    let arguments: String = (0..params.len()).map(|at| format!("(local.get {at})")).collect();
    // The number of words that are returned; the instructions that make the canonical result of the words, and of
    // their address.
    let (count, of_words, of_place) = match &signature.result {
        Some(ty) if is_text(ty) => (2, "(call $wbg_list)", "(local.get $place)".to_string()),
        Some(Type::Result(ty)) => match (&ty.ok, &ty.err) {
            (Some(ok), Some(Type::String)) if is_text(ok) => {
                let words =
                    [0, 4, 8, 12].map(|at| format!("(i32.load offset={at} (local.get $place))"));
                (4, "(call $wbg_result)", format!("(call $wbg_result {})", words.concat()))
            }
            _ => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    let of = |params: Vec<CoreType>, results| CoreSignature { params, results };
    let mut forms = vec![Form {
        core: of(params.clone(), vec![CoreType::I32; count]),
        code: format!("(call {CALLEE} {arguments}) {of_words}"),
    }];
    let has_stack =
        guest.function(STACK).is_some_and(|ty| ty.params() == [I32] && ty.results() == [I32]);
    if has_stack {
        params.insert(0, CoreType::I32);
        forms.push(Form {
            core: of(params, Vec::new()),
            // Memory above the stack pointer stays unchanged until the guest is called again.
            code: format!(
                "(local $place i32)
                 (local.set $place (call $stack (i32.const -16)))
                 (call {CALLEE} (local.get $place) {arguments})
                 (drop (call $stack (i32.const 16)))
                 {of_place}"
            ),
        });
    }
    forms
}

const STACK: &str = "__wbindgen_add_to_stack_pointer";

/// Returns whether a type is passed as an address and a length, in the same layout as in the canonical ABI.
pub(super) fn is_text(ty: &Type) -> bool {
    match ty {
        Type::String => true,
        Type::List(item) => is_scalar(item) && !matches!(**item, Type::Bool | Type::Char),
        _ => false,
    }
}

/// Returns the name of the function that allocates.
///
/// # Errors
/// [`Error::Adapt`] if none is exported.
pub(super) fn allocator<'a>(guest: &Source<'a>) -> Result<&'a str> {
    malloc(guest).ok_or_else(|| {
        Error::adapt("strings cannot be passed, as the module does not export __wbindgen_malloc")
            .with_hint("Write what calls it in a --shim, with a cabi_realloc.")
    })
}

/// The message for an error value, which is a JavaScript object, of which the guest has only the number.
const ERROR: &str = "it returned an error, whose text is an object of JavaScript's";

/// Defines what the instructions of [`forms`] call.
pub(super) fn define(guest: &Source<'_>, text: &mut Text) {
    text.import(guest, "stack", STACK);
    let length = ERROR.len();
    text.define(&format!(
        "(data $wbg_error \"{ERROR}\")
         (func $wbg_list (param $at i32) (param $length i32) (result i32)
           (local $list i32)
           (local.set $list (call $realloc (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 8)))
           (i32.store (local.get $list) (local.get $at))
           (i32.store offset=4 (local.get $list) (local.get $length))
           (local.get $list))
         (func $wbg_result (param $at i32) (param $length i32) (param $error i32) (param $is_error i32)
           (result i32) (local $result i32)
           (if (local.get $is_error)
             (then
               (local.set $length (i32.const {length}))
               (local.set $at (call $realloc (i32.const 0) (i32.const 0) (i32.const 1) (local.get $length)))
               (memory.init $wbg_error (local.get $at) (i32.const 0) (local.get $length))))
           (local.set $result (call $realloc (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 12)))
           (i32.store (local.get $result) (i32.ne (local.get $is_error) (i32.const 0)))
           (i32.store offset=4 (local.get $result) (local.get $at))
           (i32.store offset=8 (local.get $result) (local.get $length))
           (local.get $result))"
    ));
}

fn undefined(ty: &ValType) -> Option<&'static str> {
    match ty {
        I32 => Some(UNDEFINED),
        ValType::Ref(ty) if ty.is_extern_ref() && ty.is_nullable() => Some("(ref.null extern)"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn hashes_are_no_part_of_names() {
        assert_eq!(plain("__wbg_log_0123456789abcdef"), "log");
        assert_eq!(plain("__wbg_new_with_length_0123456789abcdef"), "new_with_length");
        assert_eq!(plain("__wbg___wbindgen_throw_0123456789abcdef"), "__wbindgen_throw");
        assert_eq!(plain("__wbindgen_throw"), "__wbindgen_throw");
        assert_eq!(plain("__wbg_set_wasm"), "set_wasm");
    }
}

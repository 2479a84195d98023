//! wasm-bindgen: what its JavaScript does for Rust, as far as that needs no objects of JavaScript's.
//!
//! An import is called `__wbg_NAME_HASH`, where the hash depends on the crate that asks. Strings are UTF-8, an address and
//! a length.

use super::super::source::Source;
use super::text::{Body, Text};
use wasmparser::FuncType;
use wasmparser::ValType::{self, F64, I32};

/// Keeps what was said for the trap that follows: the guest runs on till then, so that the address and the length need
/// memory of their own.
const SAY: &str = "(local $said i32)
  (if (i32.lt_u (local.get 0) (i32.const 1024)) (then (return))) ;; the number of an object
  (local.set $said (call $malloc (i32.const 8) (i32.const 4)))
  (i32.store (local.get $said) (local.get 0))
  (i32.store offset=4 (local.get $said) (local.get 1))
  (global.set $message (local.get $said))";

/// The number that means `undefined` where objects are numbers.
const UNDEFINED: &str = "(i32.const 128)";

/// What takes the place of an import. `others`: the names of all that is imported.
pub(super) fn body(
    name: &str,
    ty: &FuncType,
    guest: &Source<'_>,
    text: &mut Text,
    others: &[&str],
) -> Option<Body> {
    let is_imported = |name: &str| others.iter().any(|other| plain(other) == name);
    Body::code(match (plain(name), ty.params(), ty.results()) {
        ("__wbindgen_throw", [I32, I32], []) => "(call $panic_bytes (local.get 0) (local.get 1))",
        // A binary that wasm-bindgen has not seen yet says what it exports by these, to wasm-bindgen alone.
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
        // What console_error_panic_hook says before a panic ends.
        ("error", [I32, I32], []) if import_malloc(guest, text) => SAY,
        ("log" | "error" | "warn" | "info" | "debug" | "trace", _, []) => "",
        // The same hook asks for the stack of a new Error.
        ("new", [], [one]) if is_imported("stack") => undefined(one)?,
        ("stack", [I32, _], []) => {
            "(i32.store (local.get 0) (i32.const 1)) (i32.store offset=4 (local.get 0) (i32.const 0))"
        }
        ("now", [], [F64]) => "(call $now)",
        ("random", [], [F64]) => "(call $random_fraction)",
        // In older versions of getrandom both are objects of JavaScript's.
        ("getRandomValues", [I32, I32], []) if !is_imported("crypto") => {
            "(call $random_bytes (local.get 0) (local.get 1))"
        }
        _ => return None,
    })
}

/// `__wbg_NAME_0123456789abcdef`: NAME.
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

/// Imports the guest's allocator as `$malloc`; whether it has one.
pub(super) fn import_malloc(guest: &Source<'_>, text: &mut Text) -> bool {
    let malloc = ["__wbindgen_malloc", "__wbindgen_export_0", "__wbindgen_export"];
    let is_malloc = |ty: &FuncType| {
        ty.results() == [I32] && (ty.params() == [I32, I32] || ty.params() == [I32])
    };
    let Some(malloc) = malloc.into_iter().find(|name| guest.function(name).is_some_and(is_malloc))
    else {
        return false;
    };
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

//! The core modules of ours that stand for what the component model itself does between core modules.
//!
//! Each is a little module, instantiated as the guest's own are, so that merging knows only modules. It
//! must never have a start function, or a segment for a memory that is not its own.

use crate::error::{Error, Result};
use std::fmt::Write;

/// Copies strings from one memory, `from`, to another, `to`.
pub(super) const UTF8: &str = include_str!("utf8.wat");

/// The handles of resources.
pub(super) const HANDLES: &str = include_str!("handles.wat");

/// Whether a component instance may be left now.
pub(super) const FLAGS: &str =
    r#"(module $flags (global (export "may leave") (mut i32) (i32.const 1)))"#;

/// A memory of nothing, for stubs of a guest that has none.
pub(super) const NO_MEMORY: &str = r#"(module $none (memory (export "memory") 0 0))"#;

/// The binary of one of ours.
///
/// # Errors
/// [`Error::Internal`] for what tests exclude.
pub(super) fn binary(text: &str) -> Result<Vec<u8>> {
    wat::parse_str(text).map_err(|error| Error::Internal(error.to_string()))
}

/// A core function's type, in the text format's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Type {
    pub params: Vec<String>,
    pub results: Vec<String>,
}

impl Type {
    fn text(&self) -> String {
        let (params, results) = (self.params.join(" "), self.results.join(" "));
        format!("(param {params}) (result {results})")
    }

    fn arguments(&self) -> String {
        (0..self.params.len()).fold(String::new(), |mut text, at| {
            let _ = write!(text, "(local.get {at})");
            text
        })
    }
}

/// A function of that type that traps.
pub(super) fn trap(name: &str, ty: &Type) -> String {
    format!("(module (func (export {name:?}) {} (unreachable)))", ty.text())
}

/// A function of that type that does nothing.
pub(super) fn nothing(name: &str, ty: &Type) -> String {
    format!("(module (func (export {name:?}) {}))", ty.text())
}

/// Which tables of handles are of imported resources, and which in the part that defines the resource:
/// by number, of `count`.
pub(super) fn tables(imported: &[u32], at_home: &[u32], count: u32) -> String {
    let has = |name: &str, all: &[u32]| {
        let labels = (0..count).fold(String::new(), |mut text, table| {
            text.push_str(if all.contains(&table) { "$yes " } else { "$no " });
            text
        });
        format!(
            "(func (export {name:?}) (param i32) (result i32)
               (block $yes (block $no (br_table {labels} $no (local.get 0))) (return (i32.const 0)))
               (i32.const 1))"
        )
    };
    format!("(module {} {})", has("is_imported", imported), has("is_at_home", at_home))
}

/// `resource.new` or `resource.rep` of a table of handles.
pub(super) fn of_table(name: &str, table: u32) -> String {
    format!(
        "(module
           (import \"handles\" {name:?} (func $of (param i32 i32) (result i32)))
           (func (export {name:?}) (param i32) (result i32)
             (call $of (i32.const {table}) (local.get 0))))"
    )
}

/// `resource.drop` of a table of handles, with or without a destructor.
pub(super) fn drop(table: u32, has_destructor: bool) -> String {
    let (import, call) = match has_destructor {
        true => (
            "(import \"resource\" \"destructor\" (func $destroy (param i32)))",
            "(if (then (call $destroy (local.get 0))))",
        ),
        false => ("", "(drop)"),
    };
    format!(
        "(module
           (import \"handles\" \"resource.drop\" (func $of (param i32 i32) (result i32 i32)))
           {import}
           (func (export \"resource.drop\") (param i32) (local $must i32)
             (call $of (i32.const {table}) (local.get 0))
             (local.set $must)
             (local.set 0)
             (local.get $must) {call}))"
    )
}

/// A function that tells the guest at once that its result has been read: one that is no pointer.
pub(super) fn told(ty: &Type) -> String {
    let results = ty.results.join(" ");
    let (kept, again) = match ty.results.as_slice() {
        [] => (String::new(), ""),
        _ => (format!("(local $result {results})"), "(local.get $result)"),
    };
    let keep = if again.is_empty() { "" } else { "(local.set $result)" };
    format!(
        "(module
           (import \"guest\" \"function\" (func $function {}))
           (import \"guest\" \"post-return\" (func $post_return (param {results})))
           (func (export \"function\") {} {kept}
             {} (call $function) {keep}
             {again} (call $post_return)
             {again}))",
        ty.text(),
        ty.text(),
        ty.arguments(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_ours_validates() {
        let ty = |params: &[&str], results: &[&str]| Type {
            params: params.iter().map(ToString::to_string).collect(),
            results: results.iter().map(ToString::to_string).collect(),
        };
        for text in [
            UTF8,
            HANDLES,
            FLAGS,
            NO_MEMORY,
            &trap("x", &ty(&["i32", "f64"], &["i64"])),
            &nothing("x", &ty(&["i32"], &[])),
            &tables(&[0, 2], &[1], 4),
            &tables(&[], &[], 0),
            &of_table("resource.new", 3),
            &drop(3, true),
            &drop(3, false),
            &told(&ty(&["i32", "f64"], &["f32"])),
            &told(&ty(&[], &[])),
        ] {
            let binary = binary(text).unwrap();
            let mut validator =
                wasmparser::Validator::new_with_features(crate::instrument::FEATURES);
            validator.validate_all(&binary).unwrap_or_else(|error| panic!("{error}: {text}"));
        }
    }
}

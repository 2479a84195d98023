//! Our core modules for what the component model itself does between core modules.
//!
//! Each is a small module, instantiated as the guest's own are, so that merging deals with modules alone. It must
//! never have a start function, or a segment for a memory that it does not define.

use crate::error::{Error, Result};
use std::fmt::{self, Write};

/// Copies strings from one memory, `from`, to another, `to`.
pub(super) const UTF8: &str = include_str!("utf8.wat");

/// The flag of a component instance: whether it may be left now.
pub(super) const FLAGS: &str =
    r#"(module $flags (global (export "may leave") (mut i32) (i32.const 1)))"#;

/// Imports that flag, and defines a function that traps if the instance must not be left (Canonical ABI,
/// `may_leave`). No import can follow it.
pub(super) const MAY_LEAVE: &str = r#"
  (import "instance" "may leave" (global $may_leave (mut i32)))
  (func $may_leave (if (i32.eqz (global.get $may_leave)) (then (unreachable))))"#;

/// An empty memory, for the stubs of a guest that has no memory.
pub(super) const NO_MEMORY: &str = r#"(module $none (memory (export "memory") 0 0))"#;

/// Returns the binary of one of our modules.
///
/// # Errors
/// [`Error::Internal`] if the text is malformed. Tests exclude that.
pub(super) fn binary(text: &str) -> Result<Vec<u8>> {
    wat::parse_str(text).map_err(|error| Error::Internal(error.to_string()))
}

/// A core function's type, in the words of the text format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FunctionType {
    pub params: Vec<String>,
    pub results: Vec<String>,
}

impl fmt::Display for FunctionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(param {}) (result {})", self.params.join(" "), self.results.join(" "))
    }
}

impl FunctionType {
    /// Returns the instructions that push all parameters.
    pub(super) fn arguments(&self) -> String {
        (0..self.params.len()).fold(String::new(), |mut text, at| {
            let _ = write!(text, "(local.get {at})");
            text
        })
    }
}

/// Returns a module that exports a function of that type that traps.
pub(super) fn trap(name: &str, ty: &FunctionType) -> String {
    format!("(module (func (export {name:?}) {ty} (unreachable)))")
}

/// Returns a module that exports a function of that type that does nothing.
pub(super) fn nothing(name: &str, ty: &FunctionType) -> String {
    format!("(module (func (export {name:?}) {ty}))")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Validates one of our modules.
    pub(crate) fn validate(text: &str) {
        let binary = binary(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let mut validator =
            wasmparser::Validator::new_with_features(crate::compile::instrument::FEATURES);
        validator.validate_all(&binary).unwrap_or_else(|error| panic!("{error}: {text}"));
    }

    #[test]
    fn all_of_ours_validates() {
        let ty = |params: &[&str], results: &[&str]| FunctionType {
            params: params.iter().map(ToString::to_string).collect(),
            results: results.iter().map(ToString::to_string).collect(),
        };
        validate(UTF8);
        validate(FLAGS);
        validate(NO_MEMORY);
        validate(&trap("x", &ty(&["i32", "f64"], &["i64"])));
        validate(&nothing("x", &ty(&["i32"], &[])));
    }
}

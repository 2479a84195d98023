//! WIT values as JSON, in both directions and without loss.
//!
//! | WIT | JSON |
//! |---|---|
//! | `bool` | `true`, `false` |
//! | integers | a number without a fraction |
//! | `f32`, `f64` | a number, or one of `"NaN"`, `"Infinity"`, `"-Infinity"` and `"-0"`, for which jsonb has no numbers |
//! | `char`, `string` | a string |
//! | `list<u8>` | bytes written as PostgreSQL writes bytea: `"\\x00ff"`; an array of numbers is read too |
//! | `list<T>`, `tuple<...>` | an array |
//! | `record` | an object with WIT's names; where a field is an option, its key can be missing |
//! | `variant`, `result` | an object whose one key is the case: `{"case": value}`; without a payload `{"case": null}`, or `"case"` |
//! | `enum` | its label, a string |
//! | `flags` | an array of the names of the flags that are set |
//! | `option<T>` | `null`, or T; where T is an option itself, `null` or `{"some": T}` |
//!
//! A value's bytes have the canonical ABI's layout in memory. JSON is read from left to right, without a tree; the
//! type bounds how deep it can be. This must never touch a guest's memory except by [`Guest`](crate::Guest), nor take
//! more memory than a value's own bytes and one string.

mod lift;
mod lower;
mod path;
mod reader;

pub use lift::{Room, lift};
pub use lower::lower;
pub use reader::{Malformed, Reader};

use crate::abi::Type;

/// Floats that are written as strings.
const NAN: &str = "NaN";
const INFINITY: &str = "Infinity";
const MINUS_INFINITY: &str = "-Infinity";
const MINUS_ZERO: &str = "-0";

/// The key of a value that is present in an option, where the value itself can be null, too.
const SOME: &str = "some";

/// Returns whether an option's value is wrapped in an object, as its JSON could be `null`, too.
fn is_wrapped(some: &Type) -> bool {
    matches!(some, Type::Option(_))
}

/// Returns the names of the cases of a variant or a result, with their payloads. Returns None for other types.
fn cases(ty: &Type) -> Option<Vec<(&str, Option<&Type>)>> {
    Some(match ty {
        Type::Variant(variant) => {
            variant.cases.iter().map(|case| (case.name.as_str(), case.ty.as_ref())).collect()
        }
        Type::Result(result) => vec![("ok", result.ok.as_ref()), ("err", result.err.as_ref())],
        _ => return None,
    })
}

#[cfg(test)]
mod tests;

//! WIT values as JSON, in both directions and without loss.
//!
//! | WIT | JSON |
//! |---|---|
//! | `bool` | `true`, `false` |
//! | integers | a number without a fraction |
//! | `f32`, `f64` | a number, or one of `"NaN"`, `"Infinity"`, `"-Infinity"` and `"-0"`, which jsonb has no numbers for |
//! | `char`, `string` | a string |
//! | `list<u8>` | bytes as bytea is written, `"\\x00ff"`; an array of numbers is read too |
//! | `list<T>`, `tuple<...>` | an array |
//! | `record` | an object with WIT's names; where a field is an option, its key can be missing |
//! | `variant`, `result` | an object of one key, the case: `{"case": value}`; without a value `{"case": null}`, or `"case"` |
//! | `enum` | its label, a string |
//! | `flags` | an array of the names of those that are set |
//! | `option<T>` | `null`, or T; where T is an option itself, `null` or `{"some": T}` |
//!
//! A value's bytes are those of the canonical ABI's layout in memory. JSON is read as it stands, without a tree: how
//! deep it can be is up to the type. It must never touch a guest's memory but by [`Guest`](crate::Guest), nor take more
//! memory than a value's own bytes and one string.

mod lift;
mod lower;
mod place;
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

/// What a value is called that is there, where what is in it can be null too.
const SOME: &str = "some";

/// What the JSON of an option's value could be confused with is `null`.
fn is_wrapped(some: &Type) -> bool {
    matches!(some, Type::Option(_))
}

/// The names of the cases of a variant or a result, and their payloads; none of others.
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

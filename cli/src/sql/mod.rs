//! SQL as the command handles it without a server: types, values, their text forms, calls and declarations.
//!
//! Texts are read and written as PostgreSQL does in its default settings, with UTC as time zone. What is not
//! supported here is an error that says so, never a guess.

mod calendar;
mod call;
mod container;
mod datum;
mod declaration;
mod expression;
mod input;
mod jsonb;
mod output;
mod quote;
mod table;
mod types;

pub(crate) use call::Call;
pub(crate) use datum::{Array, Datum, Interval, Range};
pub(crate) use declaration::{Declaration, define};
pub(crate) use expression::{datum_of, guess};
pub(crate) use input::input;
pub(crate) use output::{literal, output};
pub(crate) use quote::DIALECT;
pub(crate) use types::SqlType;

use plwasm_engine::Error;
pub(crate) use plwasm_engine::suggestion::literal as literal_text;

/// Returns an error that the server itself would raise.
pub(crate) fn error(
    sqlstate: &'static str,
    message: impl Into<String>,
    hint: Option<&str>,
) -> Error {
    let error = Error::sql(sqlstate, message);
    match hint {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

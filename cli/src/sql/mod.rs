//! SQL as the command speaks it without a server: types, values, their text forms, calls and declarations.
//!
//! What PostgreSQL would read and write in its default settings, with UTC as time zone; what is not known here is an
//! error that says so, never a guess.

mod calendar;
mod container;
mod datum;
mod expression;
mod input;
mod jsonb;
mod output;
mod quote;
mod types;

pub use datum::{Datum, Interval, Range};
pub use expression::{Call, Declaration, datum_of, guess};
pub use input::input;
pub use output::{literal, output};
pub use quote::DIALECT;
pub use types::SqlType;

use plwasm_engine::Error;
pub use plwasm_engine::suggestion::literal as literal_text;

/// An error that the server would raise itself.
pub fn error(sqlstate: &str, message: impl Into<String>, hint: Option<&str>) -> Error {
    Error::Guest {
        sqlstate: sqlstate.into(),
        message: message.into(),
        detail: None,
        hint: hint.map(str::to_string),
    }
}

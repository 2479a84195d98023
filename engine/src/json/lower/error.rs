//! Errors of a text that is not a value of its type, with the path to where that is.

use super::FromJson;
use crate::abi::Type;
use crate::error::{Error, Result};
use crate::json::reader::Malformed;
use crate::name::{self, printable};
use crate::number::NotWhole;

impl FromJson<'_, '_> {
    /// Returns what was read, or the error for a malformed text.
    pub(super) fn read<T>(&self, found: std::result::Result<T, Malformed>) -> Result<T> {
        found.map_err(|why| self.malformed(why))
    }

    pub(super) fn error(&self, sqlstate: &'static str, message: impl Into<String>) -> Error {
        Error::Json { sqlstate, message: message.into(), place: self.place.to_string() }
    }

    pub(super) fn malformed(&self, why: Malformed) -> Error {
        self.error(
            "22P02",
            match why {
                Malformed::Json => "invalid input syntax for type json",
                Malformed::Surrogate => "a surrogate in a JSON string is not part of a pair",
            },
        )
    }

    pub(super) fn mismatch(&mut self, ty: &Type) -> Error {
        let what = match self.text.peek() {
            Ok(b'{') => "an object",
            Ok(b'[') => "an array",
            Ok(b'"') => "a string",
            Ok(b't' | b'f') => "a boolean",
            Ok(b'n') => "null",
            Ok(b'-' | b'0'..=b'9') => "a number",
            Ok(_) => return self.malformed(Malformed::Json),
            Err(why) => return self.malformed(why),
        };
        self.error("22023", format!("{what} in JSON cannot be passed as {ty:#}"))
    }

    pub(super) fn not_whole(&self, word: &str, ty: &Type, why: NotWhole) -> Error {
        let error = Error::NotWhole { value: printable(word), ty: ty.to_string(), why };
        self.error("22003", error.to_string())
    }

    pub(super) fn unknown<'n>(
        &self,
        what: &str,
        found: &str,
        known: impl ExactSizeIterator<Item = &'n str>,
    ) -> Error {
        let known = name::listed(known);
        self.error(
            "22023",
            format!("\"{}\" is not a {what}, expected one of {known}", printable(found)),
        )
    }
}

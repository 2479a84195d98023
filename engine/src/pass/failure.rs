//! The error that a guest returns in place of a result: the `err` of a `result`.
//!
//! The length of an error must be bounded, however much the guest returns.

use super::wave;
use crate::abi::{Layout, Type};
use crate::error::{Error, Result};
use crate::name;
use std::borrow::Cow;

/// SQLSTATE 38000, external_routine_exception.
const EXTERNAL: &str = "38000";

/// The memory that holds a result's strings and lists. Each is checked when it is read.
pub trait Lift {
    /// Returns the string whose pointer and length `bytes` begins with.
    ///
    /// # Errors
    /// [`Error::Abi`], [`Error::NulByte`]
    fn string(&self, bytes: &[u8]) -> Result<Cow<'_, str>>;

    /// Returns the string whose pointer and length `bytes` begins with, as an owned copy that can be part of an error.
    ///
    /// # Errors
    /// Those of [`string`](Self::string).
    fn owned(&self, bytes: &[u8]) -> Result<String> {
        Ok(self.string(bytes)?.into_owned())
    }

    /// Returns the elements of a list. `bytes` begins with the list's pointer and length, `size` and `align` are those
    /// of an element.
    ///
    /// # Errors
    /// [`Error::Abi`]
    fn list(&self, bytes: &[u8], size: u32, align: u32) -> Result<impl Iterator<Item = &[u8]>>;
}

/// How a guest's error is read.
#[derive(Debug)]
pub enum GuestError {
    /// An error without a value.
    Bare,
    /// A string, which is the message.
    Message,
    /// A `plwasm:types/types.error`.
    Error {
        /// The offsets of sqlstate, message, detail and hint in the error, in bytes.
        offsets: [u32; 4],
        /// The offset of the string within the option that detail and hint each are, in bytes.
        payload: u32,
    },
    /// Any other type, written in WAVE.
    Other(Type),
}

impl GuestError {
    /// Returns how an error of type `ty`, the error type of a result, is read.
    pub fn of(ty: Option<&Type>) -> Self {
        let Some(ty) = ty else { return Self::Bare };
        let optional = Type::String.option();
        match ty {
            Type::String => Self::Message,
            Type::Record(record) => {
                let names = ["sqlstate", "message", "detail", "hint"];
                let types = [&Type::String, &Type::String, &optional, &optional];
                let is_error = record.fields.len() == names.len()
                    && (record.fields.iter().zip(names).zip(types))
                        .all(|((field, name), ty)| field.name == name && field.ty == *ty);
                if !is_error {
                    return Self::Other(ty.clone());
                }
                let (_, offsets) = Layout::of_tuple(types);
                let (_, payload) = Layout::of_cases(&[None, Some(&Type::String)]);
                let offsets = [offsets[0], offsets[1], offsets[2], offsets[3]];
                Self::Error { offsets, payload }
            }
            _ => Self::Other(ty.clone()),
        }
    }

    /// Returns the error that `bytes` begins with. If it is invalid, returns the error that says so.
    pub fn load(&self, bytes: &[u8], from: &impl Lift) -> Error {
        self.read(bytes, from).unwrap_or_else(|broken| broken)
    }

    fn read(&self, bytes: &[u8], from: &impl Lift) -> Result<Error> {
        let error =
            |message| Error::Guest { sqlstate: EXTERNAL.into(), message, detail: None, hint: None };
        Ok(match self {
            Self::Bare => error("WebAssembly function failed".into()),
            Self::Message => error(from.owned(bytes)?),
            Self::Other(ty) => {
                let shown = wave::shown(ty, bytes, from)?;
                error(format!("WebAssembly function failed with {shown}"))
            }
            Self::Error { offsets, payload } => {
                let [sqlstate, message, detail, hint] = offsets.map(|at| &bytes[at as usize..]);
                let optional = |bytes: &[u8]| match bytes[0] {
                    0 => Ok(None),
                    1 => from.owned(&bytes[*payload as usize..]).map(Some),
                    other => Err(Error::no_case(other.into(), 2)),
                };
                Error::Guest {
                    sqlstate: sqlstate_of(from.owned(sqlstate)?)?,
                    message: from.owned(message)?,
                    detail: optional(detail)?,
                    hint: optional(hint)?,
                }
            }
        })
    }
}

/// Checks that a text is an SQLSTATE of an error, not of success, a warning or no data. An empty text stands for 38000.
fn sqlstate_of(text: String) -> Result<String> {
    let is_error = text.len() == 5
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        && !["00", "01", "02"].contains(&&text[..2]);
    match (text.is_empty(), is_error) {
        (true, _) => Ok(EXTERNAL.into()),
        (_, true) => Ok(text),
        _ => Err(Error::SqlState(name::printable(&text))),
    }
}

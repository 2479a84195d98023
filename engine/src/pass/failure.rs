//! What a guest returns in place of a result: the `err` of a `result`, as an error.
//!
//! It must never say more of it than is shown, however much the guest says.

use super::wave;
use crate::abi::{Layout, Type};
use crate::error::{Error, Result};
use crate::name;
use std::borrow::Cow;

/// SQLSTATE 38000, external_routine_exception.
const EXTERNAL: &str = "38000";

/// The memory that a result's strings and lists lie in; each is checked.
pub trait Lift {
    /// The string whose pointer and length are there.
    ///
    /// # Errors
    /// [`Error::Abi`], [`Error::NulByte`]
    fn string(&self, bytes: &[u8]) -> Result<Cow<'_, str>>;

    /// The same, to be part of an error.
    ///
    /// # Errors
    /// Those of [`string`](Self::string).
    fn owned(&self, bytes: &[u8]) -> Result<String> {
        Ok(self.string(bytes)?.into_owned())
    }

    /// The elements of the list whose pointer and length are there.
    ///
    /// # Errors
    /// [`Error::Abi`]
    fn list(&self, bytes: &[u8], size: u32, align: u32) -> Result<impl Iterator<Item = &[u8]>>;
}

/// How an error is read.
#[derive(Debug)]
pub enum GuestError {
    /// There is nothing to read.
    Bare,
    /// The message.
    Message,
    /// `plwasm:types/types.error`: offsets of sqlstate, message, detail and hint, and of the strings
    /// in the last two.
    Error {
        /// The offsets of sqlstate, message, detail and hint in the error, in bytes.
        offsets: [u32; 4],
        /// The offset of the string in detail and in hint, in bytes.
        payload: u32,
    },
    /// Whatever else, shown in WAVE.
    Other(Type),
}

impl GuestError {
    /// Of the error type of a result.
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

    /// The error that lies there.
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

/// An SQLSTATE that an error can have: not one of success, warnings or no data.
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

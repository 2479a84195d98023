//! Warm-ups: what a guest does once, before its pristine state is kept, so that no call has to do it.
//!
//! A warm-up must never depend on anything besides the code and the text that asks for it. It has constants, no rows.

use crate::abi::Type;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The custom section in which a binary asks for a warm-up: `heap=1MB warm=prepare()`.
pub const SECTION: &str = "plwasm:warm";

/// The heap, in bytes, that the allocator of a module gets if nothing else is said. A page of memory is the least by
/// which it can grow.
pub const DEFAULT_HEAP: u32 = 64 << 10;

/// What a module or the body of a function asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct WarmUp {
    /// The bytes that the allocator can give away before its memory has to grow; 0 leaves the allocator alone. `None`
    /// means [`DEFAULT_HEAP`], for allocators that this helps.
    pub heap: Option<u32>,
    /// The call that is made before the pristine state is kept.
    pub call: Option<WarmUpCall>,
}

/// A call of an export with constants.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WarmUpCall {
    /// The name of the export; `None` means the export of the function in whose body the call stands.
    pub export: Option<String>,
    /// The arguments.
    pub arguments: Vec<Constant>,
}

/// A constant of SQL.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Constant {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it is written.
    Number(String),
    /// A string, without its quotes.
    String(String),
}

impl WarmUp {
    /// Returns this warm-up, completed by another where this one says nothing.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self {
            heap: self.heap.or(other.heap),
            call: self.call.clone().or_else(|| other.call.clone()),
        }
    }

    /// Returns whether nothing is asked for.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Constant {
    /// Returns the constant as JSON for a parameter of type `ty` ([`crate::json`]). A string is the JSON text of a
    /// value if values of the type are not written as strings.
    pub(crate) fn json(&self, ty: &Type) -> String {
        let ty = match ty {
            Type::Option(some) => some,
            ty => ty,
        };
        let is_string = |text: &str| match ty {
            Type::String | Type::Char | Type::Enum(_) => true,
            Type::List(element) => **element == Type::U8 && text.starts_with("\\x"),
            _ => false,
        };
        match self {
            Self::String(text) if is_string(text) => serde_json::Value::from(&**text).to_string(),
            Self::Null => "null".into(),
            Self::Bool(value) => value.to_string(),
            Self::Number(text) | Self::String(text) => text.clone(),
        }
    }
}

/// Writes the warm-up as a body or a section has it.
impl fmt::Display for WarmUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heap = self.heap.map(|bytes| match bytes {
            0 => "heap=0".into(),
            _ if bytes.is_multiple_of(1 << 20) => format!("heap={}MB", bytes >> 20),
            _ if bytes.is_multiple_of(1 << 10) => format!("heap={}kB", bytes >> 10),
            _ => format!("heap={bytes}B"),
        });
        let call = self.call.as_ref().map(|call| format!("warm={call}"));
        let parts: Vec<String> = heap.into_iter().chain(call).collect();
        f.write_str(&parts.join(" "))
    }
}

impl fmt::Display for WarmUpCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(export) = &self.export {
            match export.contains(|c: char| c.is_whitespace() || "()\"'".contains(c)) {
                true => write!(f, "\"{}\"", export.replace('"', "\"\""))?,
                false => f.write_str(export)?,
            }
        }
        let arguments: Vec<String> = self.arguments.iter().map(Constant::to_string).collect();
        write!(f, "({})", arguments.join(", "))
    }
}

impl fmt::Display for Constant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(text) => f.write_str(text),
            Self::String(text) => write!(f, "'{}'", text.replace('\'', "''")),
        }
    }
}

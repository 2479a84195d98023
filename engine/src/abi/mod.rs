//! The Component Model's canonical ABI: from a WIT signature to a core one, and where values lie
//! in memory.
//!
//! Names and rules are those of the specification's `CanonicalABI.md` ("Flattening", "Alignment",
//! "Element Size"). It must never touch a guest: it only computes.

mod layout;
mod signature;

pub use layout::{Layout, align_to};
pub use signature::{CoreSignature, Signature};

use std::fmt;

/// The most flat parameters before they go through memory (`MAX_FLAT_PARAMS`).
pub const MAX_FLAT_PARAMS: usize = 16;

/// The most flat results before they go through memory (`MAX_FLAT_RESULTS`).
pub const MAX_FLAT_RESULTS: usize = 1;

/// A WIT type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    Bool,
    S16,
    S32,
    S64,
    U32,
    F32,
    F64,
    String,
    /// `list<u8>`
    Bytes,
    Option(Box<Type>),
}

/// A core WebAssembly type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoreType {
    I32,
    I64,
    F32,
    F64,
    V128,
    Ref,
}

impl Type {
    /// The same type, but NULL too.
    #[must_use]
    pub fn option(self) -> Self {
        Self::Option(Box::new(self))
    }

    /// Appends the core types that a value of this type is passed as (`flatten_type`).
    pub fn flatten(&self, out: &mut Vec<CoreType>) {
        match self {
            Self::Bool | Self::S16 | Self::S32 | Self::U32 => out.push(CoreType::I32),
            Self::S64 => out.push(CoreType::I64),
            Self::F32 => out.push(CoreType::F32),
            Self::F64 => out.push(CoreType::F64),
            Self::String | Self::Bytes => out.extend([CoreType::I32, CoreType::I32]),
            Self::Option(some) => {
                out.push(CoreType::I32);
                some.flatten(out);
            }
        }
    }

    /// Whether passing it as an argument means writing to the guest's memory.
    pub fn is_in_memory(&self) -> bool {
        match self {
            Self::String | Self::Bytes => true,
            Self::Option(some) => some.is_in_memory(),
            _ => false,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool => "bool",
            Self::S16 => "s16",
            Self::S32 => "s32",
            Self::S64 => "s64",
            Self::U32 => "u32",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::String => "string",
            Self::Bytes => "list<u8>",
            Self::Option(some) => return write!(f, "option<{some}>"),
        })
    }
}

impl fmt::Display for CoreType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::V128 => "v128",
            Self::Ref => "ref",
        })
    }
}

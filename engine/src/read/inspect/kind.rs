//! What kind of binary it is, by its first bytes and its sections.

use super::invalid;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use wasmparser::BinaryReader;

/// What a binary is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A core module.
    Module,
    /// A component.
    Component,
}

impl Kind {
    /// Tells what a binary is by its first bytes, and checks that it ends where its last section does.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn of(binary: &[u8]) -> Result<Self> {
        check_magic(binary)?;
        let kind = match binary.get(4..8) {
            Some(&[1, 0, 0, 0]) => Self::Module,
            Some(&[0x0d, 0, 1, 0]) => Self::Component,
            _ => return Err(Error::Invalid("it is of an unknown version".into())),
        };
        sections(binary)?;
        Ok(kind)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Module => "module",
            Self::Component => "component",
        })
    }
}

/// Refuses bytes that do not begin as a WebAssembly binary does.
///
/// # Errors
/// [`Error::Invalid`].
pub(crate) fn check_magic(binary: &[u8]) -> Result<()> {
    if binary.starts_with(b"\0asm") {
        return Ok(());
    }
    let start = match binary {
        [] => "nothing".to_string(),
        bytes => format!("\"{}\"", bytes[..bytes.len().min(4)].escape_ascii()),
    };
    Err(Error::Invalid(format!("it starts with {start}, a WebAssembly binary with \\0asm")))
}

/// Returns the sections of a binary with their numbers, in its own order.
///
/// # Errors
/// [`Error::Invalid`] if the last one does not end where the binary does.
fn sections(binary: &[u8]) -> Result<Vec<(u8, &[u8])>> {
    let mut found = Vec::new();
    let mut reader = BinaryReader::new(binary.get(8..).unwrap_or_default(), 8);
    while !reader.eof() {
        let number = reader.read_u8().map_err(invalid)?;
        let length = reader.read_var_u32().map_err(invalid)?;
        found.push((number, reader.read_bytes(length as usize).map_err(invalid)?));
    }
    Ok(found)
}

/// Whether a component is a WIT package in binary form: it exports types of components, and contains nothing that is of
/// such a type (wit-component's `decode` tells them apart in the same way).
///
/// # Errors
/// Those of [`sections`].
pub(super) fn is_wit_package(component: &[u8]) -> Result<bool> {
    // Component Model, Binary.md.
    const CUSTOM: u8 = 0;
    const TYPE: u8 = 7;
    const EXPORT: u8 = 11;
    const COMPONENT_TYPE: u8 = 0x41;
    let sections = sections(component)?;
    let is_of_component = |section: &&[u8]| {
        let mut reader = BinaryReader::new(section, 0);
        reader.read_var_u32().is_ok() && reader.read_u8().ok() == Some(COMPONENT_TYPE)
    };
    let mut types = sections.iter().filter(|(number, _)| *number == TYPE).map(|(_, bytes)| bytes);
    Ok(types.any(is_of_component)
        && sections.iter().any(|(number, _)| *number == EXPORT)
        && sections.iter().all(|(number, _)| [CUSTOM, TYPE, EXPORT].contains(number)))
}

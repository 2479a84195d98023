//! Tells what kind of binary some bytes are, by the first bytes and the sections.

use super::invalid;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use wasmparser::BinaryReader;

/// The kind of a binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A core module.
    Module,
    /// A component.
    Component,
}

impl Kind {
    /// Returns the kind of a binary, as its first bytes say, and checks that the binary ends where its last section
    /// does.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is no binary, or does not end so.
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

/// Checks that bytes begin as a WebAssembly binary does.
///
/// # Errors
/// [`Error::Invalid`] if they do not.
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

/// Returns the sections of a binary in their order, each with its number.
///
/// # Errors
/// [`Error::Invalid`] if the last section does not end where the binary does.
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

/// Returns whether a component is a WIT package in binary form: it exports component types, and has no item of such a
/// type. wit-component's `decode` tells the two apart in the same way.
///
/// # Errors
/// The errors of [`sections`].
pub(super) fn is_wit_package(component: &[u8]) -> Result<bool> {
    // These numbers are from Binary.md of the Component Model.
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

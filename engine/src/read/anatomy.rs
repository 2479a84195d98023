//! The anatomy of a binary: how many of its bytes are code, data and custom sections, and the initial sizes of its
//! memories.
//!
//! It must never compile or run: it only reads. In a component it reads all modules.

use crate::error::Result;
use crate::read::inspect::invalid;
use std::collections::BTreeMap;
use wasmparser::{Parser, Payload};

/// Bytes of a binary by kind, and its memories.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Anatomy {
    /// The size of the functions' instructions, in bytes.
    pub code: usize,
    /// The size of the memories' initial contents, in bytes.
    pub data: usize,
    /// The size of the custom sections with each name, in bytes.
    pub custom: BTreeMap<String, usize>,
    /// The memories that are not imported, in order.
    pub memories: Vec<Memory>,
    /// The number of core modules.
    pub modules: usize,
}

/// The size of a memory, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// The initial size.
    pub initial: u64,
    /// The maximum size; `None` if the module sets none.
    pub maximum: Option<u64>,
}

impl Anatomy {
    /// Reads a binary.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] if the binary is malformed.
    pub fn of(binary: &[u8]) -> Result<Self> {
        let mut found = Self::default();
        for payload in Parser::new(0).parse_all(binary) {
            match payload.map_err(invalid)? {
                Payload::Version { encoding: wasmparser::Encoding::Module, .. } => {
                    found.modules += 1;
                }
                Payload::CodeSectionStart { range, .. } => found.code += range.len(),
                Payload::DataSection(section) => found.data += section.range().len(),
                Payload::CustomSection(section) => {
                    *found.custom.entry(section.name().to_string()).or_default() +=
                        section.data().len();
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        let memory = memory.map_err(invalid)?;
                        let page = 1u64 << memory.page_size_log2.unwrap_or(16);
                        found.memories.push(Memory {
                            initial: memory.initial.saturating_mul(page),
                            maximum: memory.maximum.map(|most| most.saturating_mul(page)),
                        });
                    }
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// Returns the size of the custom sections that only debuggers read, in bytes.
    pub fn debugging(&self) -> usize {
        let is_debugging = |name: &str| {
            name.starts_with(".debug_") || name.starts_with("reloc.") || name == "sourceMappingURL"
        };
        self.custom.iter().filter(|(name, _)| is_debugging(name)).map(|(_, bytes)| bytes).sum()
    }
}

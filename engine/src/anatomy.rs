//! The anatomy of a binary: how many bytes of it are what, and the memories that it begins with.
//!
//! It must never compile or run: it reads. Of a component it reads all modules within.

use crate::error::Result;
use crate::inspect::invalid;
use std::collections::BTreeMap;
use wasmparser::{Parser, Payload};

/// Bytes of a binary, by what they are, and its memories.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Anatomy {
    /// Instructions, in bytes.
    pub code: usize,
    /// What memories begin with, in bytes.
    pub data: usize,
    /// Custom sections by name, in bytes.
    pub custom: BTreeMap<String, usize>,
    /// Memories that are not imported, the first first.
    pub memories: Vec<Memory>,
    /// How many core modules there are.
    pub modules: usize,
}

/// The size of a memory, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    pub initial: u64,
    pub maximum: Option<u64>,
}

impl Anatomy {
    /// Reads a binary.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`]
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

    /// Bytes of custom sections that only debuggers read.
    pub fn debugging(&self) -> usize {
        let is_debugging = |name: &str| {
            name.starts_with(".debug_") || name.starts_with("reloc.") || name == "sourceMappingURL"
        };
        self.custom.iter().filter(|(name, _)| is_debugging(name)).map(|(_, bytes)| bytes).sum()
    }
}

//! Reads what a position-independent module says about itself: section `dylink.0`, or its predecessor `dylink`
//! (tool-conventions, DynamicLinking.md).

use crate::error::Result;
use crate::read::inspect::invalid;
use std::collections::HashSet;
use wasmparser::{BinaryReader, Dylink0SectionReader, Dylink0Subsection, MemInfo, SymbolFlags};

/// What the module asks of its loader.
#[derive(Debug)]
pub(crate) struct Dylink<'a> {
    /// Bytes of memory and elements of the table to reserve, with alignments as powers of 2.
    pub size: MemInfo,
    /// Names of the libraries that it needs.
    pub needed: Vec<&'a str>,
    /// Imports that may be undefined; their addresses are then 0.
    pub weak: HashSet<(&'a str, &'a str)>,
}

impl<'a> Dylink<'a> {
    /// Reads the section. Returns None if the module is not position-independent.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] if the section is malformed.
    pub(super) fn of(custom: &[(&'a str, &'a [u8])]) -> Result<Option<Self>> {
        let section = custom.iter().find(|(name, _)| matches!(*name, "dylink.0" | "dylink"));
        let Some((name, data)) = section else { return Ok(None) };
        let mut found = Self {
            size: MemInfo {
                memory_size: 0,
                memory_alignment: 0,
                table_size: 0,
                table_alignment: 0,
            },
            needed: Vec::new(),
            weak: HashSet::new(),
        };
        let reader = BinaryReader::new(data, 0);
        match *name {
            "dylink" => found.enter_old(reader).map_err(invalid)?,
            _ => {
                for subsection in Dylink0SectionReader::new(reader) {
                    found.enter(subsection.map_err(invalid)?);
                }
            }
        }
        Ok(Some(found))
    }

    fn enter(&mut self, subsection: Dylink0Subsection<'a>) {
        match subsection {
            Dylink0Subsection::MemInfo(size) => self.size = size,
            Dylink0Subsection::Needed(needed) => self.needed = needed,
            Dylink0Subsection::ImportInfo(all) => {
                let weak = all.iter().filter(|one| one.flags.contains(SymbolFlags::BINDING_WEAK));
                self.weak.extend(weak.map(|one| (one.module, one.field)));
            }
            _ => {}
        }
    }

    fn enter_old(&mut self, mut reader: BinaryReader<'a>) -> wasmparser::Result<()> {
        self.size = MemInfo {
            memory_size: reader.read_var_u32()?,
            memory_alignment: reader.read_var_u32()?,
            table_size: reader.read_var_u32()?,
            table_alignment: reader.read_var_u32()?,
        };
        // The first version of the section ended here.
        if !reader.eof() {
            for _ in 0..reader.read_var_u32()? {
                self.needed.push(reader.read_unlimited_string()?);
            }
        }
        Ok(())
    }
}

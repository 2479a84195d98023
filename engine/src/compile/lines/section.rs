//! The table of a binary: of its DWARF, or of its section `plwasm:lines`, which has the tables of core modules whose DWARF
//! was taken out.
//!
//! ```text
//! version | SHA-256 of a code section's content | length | table | SHA-256 | ...
//! ```
//! The hash tells to which code a table belongs, wherever the section is. After a tool has changed the code, no table
//! belongs to it.

use super::units::{Flaw, Sections};
use super::writer::Writer;
use super::{Table, dwarf};
use crate::error::Result;
use crate::hash::Hash;
use crate::read::inspect::invalid;
use crate::read::opcode::can_trap;
use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;
use wasm_encoder::{CustomSection, Section};
use wasmparser::{Encoding, FunctionBody, Operator, Parser, Payload};

/// The name of the section.
const SECTION: &str = "plwasm:lines";

const VERSION: u8 = 1;

/// Why there are no source lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoLines {
    /// There is nothing to make them of.
    #[error("it has no DWARF")]
    Absent,
    /// There is DWARF for other code.
    #[error("its code is not that of the module")]
    OtherCode,
    /// What there is cannot be read.
    #[error("its DWARF is malformed")]
    Malformed,
    /// What there is takes too much to be read.
    #[error("its DWARF is too large")]
    Excessive,
}

impl From<Flaw> for NoLines {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::Malformed => Self::Malformed,
            Flaw::Excessive => Self::Excessive,
        }
    }
}

/// Returns the table of a binary. It is empty if there is none; then the second says why.
pub(crate) fn table(binary: &[u8]) -> (Vec<u8>, Option<NoLines>) {
    match Parts::read(binary).map_err(|_| NoLines::Malformed).and_then(|parts| parts.whole()) {
        Ok(table) => (table, None),
        Err(reason) => (Vec::new(), Some(reason)),
    }
}

/// Returns why backtraces of a binary have no source lines, if they have none.
pub fn missing(binary: &[u8]) -> Option<NoLines> {
    table(binary).1
}

/// Returns a binary with the source lines that the DWARF of `debug` has, which is the same binary before it was stripped.
/// A component can get those of its core modules.
///
/// # Errors
/// [`Error::Invalid`](crate::Error::Invalid) if one of both cannot be read. The other is why there are no lines.
pub fn attach(binary: &[u8], debug: &[u8]) -> Result<std::result::Result<Vec<u8>, NoLines>> {
    let (parts, from) = (Parts::read(binary)?, Parts::read(debug)?);
    let mut data = vec![VERSION];
    let mut known = HashSet::new();
    let mut reason = NoLines::OtherCode;
    for part in &parts.all {
        if part.code.is_empty() || !known.insert(part.code) {
            continue;
        }
        let mut twins = from.all.iter().filter(|twin| twin.code == part.code);
        let table = twins.find_map(|twin| from.of(twin).map_err(|flaw| reason = flaw).ok());
        if let Some(table) = table {
            data.extend(Hash::of(part.code).bytes());
            data.extend((table.len() as u32).to_le_bytes());
            data.extend(table);
        }
    }
    if data.len() == 1 {
        return Ok(Err(reason));
    }
    let mut binary = binary.to_vec();
    CustomSection { name: SECTION.into(), data: Cow::Owned(data) }.append_to(&mut binary);
    Ok(Ok(binary))
}

/// The core modules of a binary, and its sections with tables.
#[derive(Default)]
struct Parts<'a> {
    all: Vec<Part<'a>>,
    sections: Vec<&'a [u8]>,
}

/// A core module.
#[derive(Default)]
struct Part<'a> {
    /// The content of its code section, and where in the binary that is.
    code: &'a [u8],
    range: Range<usize>,
    bodies: Vec<FunctionBody<'a>>,
    dwarf: Sections<'a>,
}

impl<'a> Parts<'a> {
    fn read(binary: &'a [u8]) -> Result<Self> {
        let mut found = Self::default();
        // The core modules and components around, from outside to inside.
        let mut around: Vec<Option<usize>> = Vec::new();
        for payload in Parser::new(0).parse_all(binary) {
            let current = around.last().copied().flatten();
            let part = current.and_then(|part| found.all.get_mut(part));
            match (payload.map_err(invalid)?, part) {
                (Payload::Version { encoding, .. }, _) => {
                    let is_module = encoding == Encoding::Module;
                    around.push(is_module.then_some(found.all.len()));
                    if is_module {
                        found.all.push(Part::default());
                    }
                }
                (Payload::End(_), _) => {
                    around.pop();
                }
                (Payload::CodeSectionStart { range, .. }, Some(part)) => {
                    // A binary that is not valid can have several.
                    part.bodies.clear();
                    part.code = binary.get(range.clone()).unwrap_or_default();
                    part.range = range;
                }
                (Payload::CodeSectionEntry(body), Some(part)) => part.bodies.push(body),
                (Payload::CustomSection(section), part) => match (section.name(), part) {
                    (SECTION, _) => found.sections.push(section.data()),
                    (name, Some(part)) if name.starts_with(".debug_") => {
                        part.dwarf.entry(name).or_insert(section.data());
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        Ok(found)
    }

    /// Returns the table of the whole binary, whose offsets count from its beginning.
    fn whole(&self) -> std::result::Result<Vec<u8>, NoLines> {
        let mut writer = Writer::default();
        let mut reason = NoLines::Absent;
        for part in &self.all {
            let table = match self.of(part) {
                Ok(table) => table,
                Err(NoLines::Absent) => continue,
                Err(flaw) => {
                    reason = flaw;
                    continue;
                }
            };
            let (start, size) = (part.range.start as u32, part.range.len() as u32);
            Table::new(&table)
                .and_then(|table| writer.append(&table, start, size))
                .ok_or(NoLines::Excessive)?;
        }
        let table = writer.finish();
        if table.is_empty() { Err(reason) } else { Ok(table) }
    }

    /// Returns the table of a core module, whose offsets count from the content of its code section.
    fn of(&self, part: &Part<'a>) -> std::result::Result<Vec<u8>, NoLines> {
        let mut writer = Writer::default();
        if let Some(table) = self.section(part) {
            let size = part.range.len() as u32;
            let appended = Table::new(table).and_then(|table| writer.append(&table, 0, size));
            appended.ok_or(NoLines::Malformed)?;
        } else if part.dwarf.contains_key(".debug_info") && part.dwarf.contains_key(".debug_line") {
            let instructions = part.instructions().map_err(|_| NoLines::Malformed)?;
            dwarf::write(&part.dwarf, 0, part.range.len() as u32, &instructions, &mut writer)?;
        } else {
            return Err(NoLines::Absent);
        }
        let table = writer.finish();
        if table.is_empty() { Err(NoLines::Malformed) } else { Ok(table) }
    }

    /// Returns the table that a section has for a core module. The last section counts.
    fn section(&self, part: &Part<'a>) -> Option<&'a [u8]> {
        if self.sections.is_empty() {
            return None;
        }
        let hash = Hash::of(part.code);
        self.sections.iter().rev().find_map(|section| {
            let mut rest = section.strip_prefix(&[VERSION])?;
            while let Some((of, after)) = rest.split_first_chunk::<32>() {
                let (length, after) = after.split_first_chunk()?;
                let (table, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
                if of == hash.bytes() {
                    return Some(table);
                }
                rest = after;
            }
            None
        })
    }
}

impl Part<'_> {
    /// Returns the offsets of the instructions that can be in a backtrace, each with that of the instruction whose line
    /// counts. An `if` or `br_if` stands for an `unreachable` that follows: both are one instruction of the machine's.
    fn instructions(&self) -> wasmparser::Result<Vec<(u32, u32)>> {
        let mut offsets: Vec<(u32, u32)> = Vec::new();
        for body in &self.bodies {
            let mut reader = body.get_operators_reader()?;
            let mut is_after_if = false;
            while !reader.eof() {
                let at = (reader.original_position() - self.range.start) as u32;
                let code = reader.read()?;
                if is_after_if
                    && matches!(code, Operator::Unreachable)
                    && let Some((_, line)) = offsets.last_mut()
                {
                    *line = at;
                }
                if can_trap(&code) {
                    offsets.push((at, at));
                }
                is_after_if = matches!(code, Operator::If { .. } | Operator::BrIf { .. });
            }
        }
        Ok(offsets)
    }
}

//! The units of a core module's DWARF: their lines, and the names and paths that they have.
//!
//! DWARF is a stranger's data, and gimli only reads it. What is read is counted ([`Budget`]), and what gimli reads at
//! once, or keeps, is bounded here first. A unit that is malformed is left out.

use super::RawPlace;
use super::budget::{Budget, Exhausted};
use super::path;
use crate::name;
use gimli::{
    Abbreviations, AttributeValue, DebugAbbrev, DebugAbbrevOffset, Dwarf, EndianSlice,
    LineProgramHeader, LittleEndian, Reader, Section, Unit, UnitHeader, UnitOffset,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The most units. CPython has 400.
const MOST_UNITS: usize = 100_000;

/// The most bytes of abbreviations. gimli keeps twenty times as much.
const MOST_ABBREVIATIONS: usize = 4 << 20;

/// The most bytes of the files and directories of a unit. gimli keeps a hundred times as much.
const MOST_FILES: usize = 1 << 20;

/// The most ranges of lines in a module.
const MOST_LINES: usize = 4 << 20;

/// The most bytes of a name or path that are read.
const MOST_TEXT: usize = 4096;

/// The most steps from a function to where its name is.
const MOST_ORIGINS: usize = 8;

/// The bytes that gimli reads.
pub(super) type Input<'a> = EndianSlice<'a, LittleEndian>;

/// The sections of DWARF of a core module, by their names.
pub(super) type Sections<'a> = HashMap<&'a str, &'a [u8]>;

/// Why something cannot be read.
#[derive(Debug)]
pub(super) enum Flaw {
    /// It is malformed.
    Malformed,
    /// It takes more than it may.
    Excessive,
}

impl From<gimli::Error> for Flaw {
    fn from(_: gimli::Error) -> Self {
        Self::Malformed
    }
}

impl From<Exhausted> for Flaw {
    fn from(_: Exhausted) -> Self {
        Self::Excessive
    }
}

pub(super) type Read<T> = Result<T, Flaw>;

/// The units of a module.
pub(super) struct Units<'a> {
    pub dwarf: Dwarf<Input<'a>>,
    /// All units, in the order of their offsets, without their line programs.
    pub all: Vec<KnownUnit<'a>>,
    /// Instructions that come from one line.
    pub lines: Vec<LineRange>,
    pub budget: Budget,
    pub texts: Texts,
    /// The names of functions, by the offsets of their entries.
    names: HashMap<usize, u32>,
}

/// A unit.
pub(super) struct KnownUnit<'a> {
    pub unit: Unit<Input<'a>>,
    /// The unit's files, by their numbers in it.
    pub files: Vec<u32>,
}

/// Instructions that come from one line.
#[derive(Debug, Clone, Copy)]
pub(super) struct LineRange {
    pub start: u32,
    pub end: u32,
    pub place: RawPlace,
}

/// Texts, each with a number from 1 on.
#[derive(Debug, Default)]
pub(super) struct Texts {
    all: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Texts {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(known) = self.numbers.get(text) {
            return *known;
        }
        self.all.push(text.to_string());
        let number = self.all.len() as u32;
        self.numbers.insert(text.to_string(), number);
        number
    }

    /// Returns the text of a number.
    pub(super) fn get(&self, number: u32) -> &str {
        number.checked_sub(1).and_then(|at| self.all.get(at as usize)).map_or("", String::as_str)
    }
}

impl<'a> Units<'a> {
    /// Reads the units, and their lines in `code`, a number of bytes.
    ///
    /// # Errors
    /// [`Flaw`] if nothing can be read.
    pub(super) fn read(sections: &Sections<'a>, code: u32) -> Read<Self> {
        let section = |id: gimli::SectionId| {
            let bytes = sections.get(id.name()).copied().unwrap_or_default();
            Ok::<_, Flaw>(EndianSlice::new(bytes, LittleEndian))
        };
        let dwarf = Dwarf::load(section)?;
        let budget = Budget::of(sections.values().map(|bytes| bytes.len()).sum());
        let mut headers = Vec::new();
        let mut all = dwarf.units();
        while let Some(header) = all.next()? {
            headers.push(header);
            if headers.len() > MOST_UNITS {
                return Err(Flaw::Excessive);
            }
        }
        let abbreviations = abbreviations(&dwarf, &headers)?;
        let mut units = Self {
            dwarf,
            all: Vec::new(),
            lines: Vec::new(),
            budget,
            texts: Texts::default(),
            names: HashMap::new(),
        };
        for header in headers {
            let Some(abbreviations) = abbreviations.get(&header.debug_abbrev_offset().0) else {
                continue;
            };
            match units.add(header, abbreviations.clone(), code) {
                Ok(()) | Err(Flaw::Malformed) => {}
                Err(Flaw::Excessive) => return Err(Flaw::Excessive),
            }
        }
        Ok(units)
    }

    /// Reads a unit and its lines.
    fn add(
        &mut self,
        header: UnitHeader<Input<'a>>,
        abbreviations: Arc<Abbreviations>,
        code: u32,
    ) -> Read<()> {
        // gimli reads the files before it can be asked how much there is.
        let size = self.files_size(&header, &abbreviations)?;
        if size > MOST_FILES {
            return Err(Flaw::Excessive);
        }
        self.budget.spend(size)?;
        let mut unit = Unit::new_with_abbreviations(&self.dwarf, header, abbreviations)?;
        let program = unit.line_program.take();
        let mut files = Vec::new();
        if let Some(program) = program {
            let header = program.header();
            for number in 0..=header.file_names().len() as u64 {
                files.push(self.file(&unit, header, number)?);
            }
            self.budget.spend(header.raw_program_buf().len())?;
            let mut rows = program.rows();
            let mut is_dead = false;
            let mut open: Option<(u64, RawPlace)> = None;
            while let Some((_, row)) = rows.next_row()? {
                let address = row.address();
                if let Some((start, place)) = open.take()
                    && start < address
                    && address <= code.into()
                    && !is_dead
                {
                    if self.lines.len() == MOST_LINES {
                        return Err(Flaw::Excessive);
                    }
                    self.lines.push(LineRange { start: start as u32, end: address as u32, place });
                }
                // The linker has put functions at 0 that it has left out. The code begins with a number.
                is_dead = address == 0 || (is_dead && !row.end_sequence());
                if !row.end_sequence() {
                    let file = files.get(row.file_index() as usize).copied().unwrap_or_default();
                    let line = row.line().map_or(0, |line| line.get() as u32);
                    let column = match row.column() {
                        gimli::ColumnType::LeftEdge => 0,
                        gimli::ColumnType::Column(column) => column.get() as u32,
                    };
                    open = Some((address, RawPlace { file, line, column }));
                }
            }
        }
        self.all.push(KnownUnit { unit, files });
        Ok(())
    }

    /// Returns how many bytes of directories and files a unit has.
    fn files_size(
        &mut self,
        header: &UnitHeader<Input<'a>>,
        abbreviations: &Abbreviations,
    ) -> Read<usize> {
        let mut entries = header.entries_raw(abbreviations, None)?;
        let Some(abbreviation) = entries.read_abbreviation()? else { return Err(Flaw::Malformed) };
        self.budget.spend(abbreviation.attributes().len())?;
        let mut size = 0;
        for specification in abbreviation.attributes() {
            let attribute = entries.read_attribute(*specification)?;
            if let (gimli::DW_AT_stmt_list, AttributeValue::DebugLineRef(at)) =
                (attribute.name(), attribute.value())
            {
                let mut input = *self.dwarf.debug_line.reader();
                input.skip(at.0)?;
                let (_, format) = input.read_initial_length()?;
                if input.read_u16()? >= 5 {
                    input.skip(2)?;
                }
                size = input.read_length(format)?;
            }
        }
        Ok(size)
    }

    /// Returns the path of a unit's file. 0 if it has no file of that number.
    fn file(
        &mut self,
        unit: &Unit<Input<'a>>,
        header: &LineProgramHeader<Input<'a>>,
        number: u64,
    ) -> Read<u32> {
        let Some(file) = header.file(number) else { return Ok(0) };
        let base = unit.comp_dir.map(|directory| text_of(&directory)).unwrap_or_default();
        let directory = match file.directory(header) {
            Some(directory) => self.text(unit, directory)?,
            None => String::new(),
        };
        let name = self.text(unit, file.path_name())?;
        let path = joined(&joined(&base, &directory), &name);
        self.budget.spend(path.len())?;
        let path = path::shown(&path, &base);
        Ok(self.texts.number(&path))
    }

    /// Returns the text of an attribute. It is cut off if it is long.
    fn text(&mut self, unit: &Unit<Input<'a>>, value: AttributeValue<Input<'a>>) -> Read<String> {
        let text = self.dwarf.attr_string(unit, value)?;
        self.budget.spend(1 + text.len() / 16)?;
        Ok(text_of(&text))
    }

    /// Returns the name of the function with this entry in a unit, as it is shown. 0 if it has none.
    pub(super) fn name(&mut self, unit: usize, entry: UnitOffset) -> Read<u32> {
        let (mut unit, mut entry) = (unit, entry);
        let mut seen = Vec::new();
        let mut name = 0;
        for _ in 0..MOST_ORIGINS {
            let Some(known) = self.all.get(unit) else { break };
            let Some(offset) = entry.to_debug_info_offset(&known.unit.header) else { break };
            if let Some(found) = self.names.get(&offset.0) {
                name = *found;
                break;
            }
            seen.push(offset.0);
            let found = known.unit.entry(entry)?;
            self.budget.spend(1 + found.attrs().len())?;
            let value = |name| found.attr_value(name);
            let own = value(gimli::DW_AT_linkage_name)
                .or_else(|| value(gimli::DW_AT_MIPS_linkage_name))
                .or_else(|| value(gimli::DW_AT_name));
            if let Some(own) = own {
                let text = self.dwarf.attr_string(&known.unit, own)?;
                // A name is demangled.
                self.budget.spend(64 + text.len() / 16)?;
                name = self.texts.number(&name::source(&text_of(&text)));
                break;
            }
            let origin =
                value(gimli::DW_AT_abstract_origin).or_else(|| value(gimli::DW_AT_specification));
            match origin {
                Some(AttributeValue::UnitRef(at)) => entry = at,
                Some(AttributeValue::DebugInfoRef(at)) => {
                    let starts = |known: &KnownUnit<'_>| {
                        known.unit.header.debug_info_offset().map_or(0, |at| at.0)
                    };
                    let Some(found) =
                        self.all.partition_point(|known| starts(known) <= at.0).checked_sub(1)
                    else {
                        break;
                    };
                    let Some(at) = at.to_unit_offset(&self.all[found].unit.header) else { break };
                    (unit, entry) = (found, at);
                }
                _ => break,
            }
        }
        self.names.extend(seen.into_iter().map(|offset| (offset, name)));
        Ok(name)
    }
}

/// Reads all tables of abbreviations, each once. A table ends before the next begins.
fn abbreviations(
    dwarf: &Dwarf<Input<'_>>,
    headers: &[UnitHeader<Input<'_>>],
) -> Read<BTreeMap<usize, Arc<Abbreviations>>> {
    let bytes = dwarf.debug_abbrev.reader().slice();
    if bytes.len() > MOST_ABBREVIATIONS {
        return Err(Flaw::Excessive);
    }
    let starts: BTreeSet<usize> =
        headers.iter().map(|header| header.debug_abbrev_offset().0).collect();
    let ends = starts.iter().copied().skip(1).chain([bytes.len()]);
    let tables = starts.iter().copied().zip(ends).filter_map(|(start, end)| {
        let table = DebugAbbrev::new(bytes.get(start..end)?, LittleEndian);
        Some((start, Arc::new(table.abbreviations(DebugAbbrevOffset(0)).ok()?)))
    });
    Ok(tables.collect())
}

fn text_of(bytes: &Input<'_>) -> String {
    let bytes = bytes.slice();
    String::from_utf8_lossy(&bytes[..bytes.len().min(MOST_TEXT)]).into_owned()
}

/// Returns a path, which may be relative to a directory.
fn joined(directory: &str, path: &str) -> String {
    let is_absolute = path.starts_with(['/', '\\']) || path.get(1..2) == Some(":");
    match is_absolute || directory.is_empty() {
        true => path.to_string(),
        false if path.is_empty() => directory.to_string(),
        false => format!("{}/{path}", directory.trim_end_matches('/')),
    }
}

//! Source lines: a table of the lines of source files from which the instructions of a guest's binary come.
//!
//! ```text
//! lengths of the parts | strings | functions | index | rows
//! ```
//! A row says where a range of instructions comes from: a line, and the function that the line is in. That function may
//! be inlined into another. Rows are blocks of differences; the index has the first offset of each block. A string and a
//! function are named by their place, plus one; 0 is none.
//!
//! Reading must never panic or take long, whatever the bytes: a table lies in a file that is mapped, and in a section
//! that a stranger writes. A table that is damaged has no lines.
//!
//! | file | noun |
//! |---|---|
//! | `writer.rs` | the table that is being written |
//! | `dwarf.rs` | the rows that DWARF has |
//! | `units.rs` | the units of DWARF, and the names and paths in them |
//! | `budget.rs` | the work that a stranger's DWARF may cost |
//! | `path.rs` | paths of source files, shortened |
//! | `tests.rs` | comparing it with addr2line, and damaging it |
//! | `section.rs` | the section `plwasm:lines`, and the table of a binary |

#[cfg(feature = "compiler")]
mod budget;
#[cfg(feature = "compiler")]
mod dwarf;
#[cfg(feature = "compiler")]
mod path;
#[cfg(feature = "compiler")]
pub mod section;
#[cfg(all(test, feature = "compiler"))]
mod tests;
#[cfg(feature = "compiler")]
mod units;
#[cfg(feature = "compiler")]
mod writer;

use crate::name::is_control;
use wasmparser::BinaryReader;

/// The rows of a block.
const BLOCK: usize = 32;

/// The longest string, in bytes. Names have at most 64 characters, and paths 120, which escapes can make longer.
const MOST_STRING: usize = 2048;

/// The most functions that are inlined into each other, and the most that are shown of them.
const MOST_INLINED: usize = 64;
const MOST_FRAMES: usize = 12;

/// A table of lines.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table<'a> {
    strings: &'a [u8],
    functions: &'a [u8],
    index: &'a [[u8; 8]],
    rows: &'a [u8],
}

/// Where an instruction comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    /// The function, if the table names it.
    pub name: Option<&'a str>,
    /// Whether it was inlined into the function of the next frame.
    pub is_inlined: bool,
    /// The place in it, if that is known.
    pub place: Option<Place<'a>>,
}

/// A place in a source file. No line is 0; a column that is 0 is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    pub file: &'a str,
    pub line: u32,
    pub column: u32,
}

/// A place as a table has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
struct RawPlace {
    file: u32,
    line: u32,
    column: u32,
}

/// Instructions from an offset on, up to the next row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Row {
    offset: u32,
    place: RawPlace,
    function: u32,
}

/// A function, and where it was inlined into another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Function {
    name: u32,
    /// The function that it was inlined into, and where, if it was.
    caller: Option<(u32, RawPlace)>,
}

impl<'a> Table<'a> {
    /// Reads a table.
    pub(crate) fn new(bytes: &'a [u8]) -> Option<Self> {
        let (lengths, rest) = bytes.split_first_chunk::<16>()?;
        let length = |at: usize| u32_at(&lengths[at * 4..]).map(|length| length as usize);
        let (strings, rest) = rest.split_at_checked(length(0)?)?;
        let (functions, rest) = rest.split_at_checked(length(1)?)?;
        let (index, rows) = rest.split_at_checked(length(2)?)?;
        let (index, left) = index.as_chunks();
        let is_whole = left.is_empty() && rows.len() == length(3)?;
        is_whole.then_some(Self { strings, functions, index, rows })
    }

    /// Returns the functions that an instruction is in, innermost first. All but the last were inlined.
    pub(crate) fn frames(&self, offset: u32) -> Option<Vec<Frame<'a>>> {
        let row = self.row(offset)?;
        let mut place = self.place(row.place)?;
        let mut frames = Vec::new();
        let mut function = row.function;
        for _ in 0..MOST_INLINED {
            if function == 0 {
                break;
            }
            let found = self.function(function)?;
            let name = Some(self.string(found.name)?).filter(|name| !name.is_empty());
            frames.truncate(MOST_FRAMES - 1);
            frames.push(Frame { name, is_inlined: found.caller.is_some(), place });
            (function, place) = match found.caller {
                Some((caller, place)) => (caller, self.place(place)?),
                None => break,
            };
        }
        match frames.last_mut() {
            // The last is the function that the binary has, whatever the table says.
            Some(last) => last.is_inlined = false,
            None => frames.push(Frame { name: None, is_inlined: false, place }),
        }
        Some(frames)
    }

    /// Returns the row that an offset is in.
    fn row(&self, offset: u32) -> Option<Row> {
        let first = |entry: &[u8; 8]| u32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]);
        let block = self.index.partition_point(|entry| first(entry) <= offset).checked_sub(1)?;
        let rows = self.block(block)?;
        rows.take_while(|row| row.offset <= offset).last()
    }

    /// Returns the rows of a block, up to the first that is damaged.
    fn block(&self, block: usize) -> Option<Rows<'a>> {
        let begin = |block: usize| self.index.get(block).and_then(|entry| u32_at(&entry[4..]));
        let start = begin(block)? as usize;
        let end = begin(block + 1).map_or(self.rows.len(), |end| end as usize);
        Some(Rows {
            reader: BinaryReader::new(self.rows.get(start..end)?, 0),
            last: Row::default(),
            left: BLOCK,
        })
    }

    fn function(&self, number: u32) -> Option<Function> {
        let at = number.checked_sub(1)? as usize;
        let mut reader = BinaryReader::new(self.functions.get(at..)?, 0);
        let mut next = || reader.read_var_u32().ok();
        let (distance, name) = (next()?, next()?);
        let caller = match distance {
            0 => None,
            // Callers come first, so that there is an end.
            by => Some((
                number.checked_sub(by)?,
                RawPlace { file: next()?, line: next()?, column: next()? },
            )),
        };
        Some(Function { name, caller })
    }

    /// Returns None if the place is damaged, and Some(None) if it is not known.
    fn place(&self, raw: RawPlace) -> Option<Option<Place<'a>>> {
        if raw.file == 0 || raw.line == 0 {
            return Some(None);
        }
        let RawPlace { file, line, column } = raw;
        Some(Some(Place { file: self.string(file)?, line, column }))
    }

    fn string(&self, number: u32) -> Option<&'a str> {
        let at = number.checked_sub(1)? as usize;
        let mut reader = BinaryReader::new(self.strings.get(at..)?, 0);
        let length = reader.read_var_u32().ok()? as usize;
        if length > MOST_STRING {
            return None;
        }
        let text = std::str::from_utf8(reader.read_bytes(length).ok()?).ok()?;
        (!text.contains(is_control)).then_some(text)
    }
}

/// The rows of a block.
struct Rows<'a> {
    reader: BinaryReader<'a>,
    last: Row,
    left: usize,
}

impl Rows<'_> {
    fn read(&mut self) -> wasmparser::Result<Row> {
        let Row { offset, place, function } = self.last;
        let reader = &mut self.reader;
        Ok(Row {
            offset: offset.wrapping_add(reader.read_var_u32()?),
            place: RawPlace {
                file: place.file.wrapping_add_signed(reader.read_var_i32()?),
                line: place.line.wrapping_add_signed(reader.read_var_i32()?),
                column: reader.read_var_u32()?,
            },
            function: function.wrapping_add_signed(reader.read_var_i32()?),
        })
    }
}

impl Iterator for Rows<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        if self.reader.eof() {
            return None;
        }
        self.left = self.left.checked_sub(1)?;
        self.last = self.read().ok()?;
        Some(self.last)
    }
}

fn u32_at(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

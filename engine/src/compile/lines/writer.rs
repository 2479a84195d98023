//! A table of lines that is being written.
//!
//! It must never have a string that is not fit to be printed.

use super::{BLOCK, Function, MOST_INLINED, RawPlace, Row, Table};
use std::collections::HashMap;
use wasm_encoder::Encode;

/// The most bytes of a table. A row takes six or seven.
const MOST_BYTES: usize = 16 << 20;

/// A table that is being written.
#[derive(Debug, Default)]
pub(super) struct Writer {
    strings: Vec<u8>,
    known_strings: HashMap<String, u32>,
    functions: Vec<u8>,
    known_functions: HashMap<Function, u32>,
    index: Vec<u8>,
    rows: Vec<u8>,
    count: usize,
    last: Row,
}

impl Writer {
    /// Adds a string that can be printed, unless it is there, and returns its number.
    pub(super) fn string(&mut self, text: &str) -> u32 {
        if let Some(known) = self.known_strings.get(text) {
            return *known;
        }
        let number = self.strings.len() as u32 + 1;
        text.encode(&mut self.strings);
        self.known_strings.insert(text.to_string(), number);
        number
    }

    /// Adds a function, unless it is there, and returns its number. Its caller must be there.
    pub(super) fn function(&mut self, function: Function) -> u32 {
        if let Some(known) = self.known_functions.get(&function) {
            return *known;
        }
        let number = self.functions.len() as u32 + 1;
        let mut add = |value: u32| value.encode(&mut self.functions);
        match function.caller {
            Some((caller, place)) => {
                [number - caller, function.name, place.file, place.line, place.column]
                    .into_iter()
                    .for_each(add)
            }
            None => [0, function.name].into_iter().for_each(&mut add),
        }
        self.known_functions.insert(function, number);
        number
    }

    /// Adds a row. Offsets must ascend. Returns false if the table has become too large.
    pub(super) fn row(&mut self, row: Row) -> bool {
        if (row.place, row.function) == (self.last.place, self.last.function) {
            return true;
        }
        let mut before = self.last;
        if self.count.is_multiple_of(BLOCK) {
            self.index.extend(row.offset.to_le_bytes());
            self.index.extend((self.rows.len() as u32).to_le_bytes());
            before = Row::default();
        }
        let difference = |now: u32, before: u32| now.wrapping_sub(before).cast_signed();
        let to = &mut self.rows;
        row.offset.wrapping_sub(before.offset).encode(to);
        difference(row.place.file, before.place.file).encode(to);
        difference(row.place.line, before.place.line).encode(to);
        row.place.column.encode(to);
        difference(row.function, before.function).encode(to);
        self.count += 1;
        self.last = row;
        self.bytes() <= MOST_BYTES
    }

    /// Adds the rows of another table, whose offsets count from `base`. Returns None if the table is damaged or does not
    /// fit into `length` bytes, or if this one becomes too large.
    pub(super) fn append(&mut self, table: &Table<'_>, base: u32, length: u32) -> Option<()> {
        let (mut strings, mut functions) = (HashMap::new(), HashMap::new());
        let mut next = 0;
        for block in 0..table.index.len() {
            let mut rows = table.block(block)?;
            for row in &mut rows {
                if row.offset < next || row.offset >= length {
                    return None;
                }
                next = row.offset + 1;
                let function = self.copied(table, row.function, &mut strings, &mut functions)?;
                let place = self.copied_place(table, row.place, &mut strings)?;
                if !self.row(Row { offset: base.checked_add(row.offset)?, place, function }) {
                    return None;
                }
            }
            if !rows.reader.eof() {
                return None;
            }
        }
        Some(())
    }

    /// Copies a function of another table, and those that it was inlined into.
    fn copied(
        &mut self,
        table: &Table<'_>,
        function: u32,
        strings: &mut HashMap<u32, u32>,
        functions: &mut HashMap<u32, u32>,
    ) -> Option<u32> {
        let mut left = Vec::new();
        let mut next = function;
        let mut copied = loop {
            if next == 0 {
                break 0;
            }
            if let Some(known) = functions.get(&next) {
                break *known;
            }
            if left.len() == MOST_INLINED {
                return None;
            }
            let found = table.function(next)?;
            left.push((next, found));
            next = found.caller.map_or(0, |(caller, _)| caller);
        };
        for (number, Function { name, caller }) in left.into_iter().rev() {
            let name = self.copied_string(table, name, strings)?;
            let caller = match caller {
                Some((_, place)) if copied != 0 => {
                    Some((copied, self.copied_place(table, place, strings)?))
                }
                _ => None,
            };
            copied = self.function(Function { name, caller });
            functions.insert(number, copied);
        }
        Some(copied)
    }

    fn copied_place(
        &mut self,
        table: &Table<'_>,
        place: RawPlace,
        strings: &mut HashMap<u32, u32>,
    ) -> Option<RawPlace> {
        match place {
            RawPlace { file: 0, .. } | RawPlace { line: 0, .. } => Some(RawPlace::default()),
            RawPlace { file, .. } => {
                Some(RawPlace { file: self.copied_string(table, file, strings)?, ..place })
            }
        }
    }

    fn copied_string(
        &mut self,
        table: &Table<'_>,
        number: u32,
        strings: &mut HashMap<u32, u32>,
    ) -> Option<u32> {
        if let Some(known) = strings.get(&number) {
            return Some(*known);
        }
        let copied = self.string(table.string(number)?);
        strings.insert(number, copied);
        Some(copied)
    }

    fn bytes(&self) -> usize {
        16 + self.strings.len() + self.functions.len() + self.index.len() + self.rows.len()
    }

    /// Returns the table. It is empty if there are no rows.
    pub(super) fn finish(self) -> Vec<u8> {
        if self.count == 0 {
            return Vec::new();
        }
        let mut bytes = Vec::with_capacity(self.bytes());
        for part in [&self.strings, &self.functions, &self.index, &self.rows] {
            bytes.extend((part.len() as u32).to_le_bytes());
        }
        for part in [self.strings, self.functions, self.index, self.rows] {
            bytes.extend(part);
        }
        bytes
    }
}
